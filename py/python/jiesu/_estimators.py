"""Text classifiers by scikit-learn's conventions. scikit-learn itself is not needed."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from . import _jiesu
from ._answers import Evaluation, plain
from ._engine import columns_of, default_bundle, options_of
from ._errors import DependencyError, FileError, InputError, InputTypeError, not_trained
from ._progress import bar
from ._tables import is_table, like, to_stream

E = TypeVar("E", bound="TextClassifier")


def _numpy() -> Any:
    try:
        import numpy
    except ImportError as e:
        raise DependencyError("estimators need numpy: pip install numpy", "dependency") from e
    return numpy


def _labels(y: Any) -> Any:
    """Labels as an array of one dimension, checked."""
    np = _numpy()
    if y is None:
        raise InputError("fit requires y to be passed, but the target y is None", "input.labels")
    labels = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels.ravel()
    if labels.ndim != 1:
        raise InputError(f"y has shape {labels.shape}: give one label for each text", "input.labels")
    if labels.dtype.kind == "f":
        # Whole numbers with a null in pandas come as floats.
        for row, label in enumerate(labels):
            if not np.isfinite(label):
                raise InputError(f"row {row}: no label ({label})", "input.labels")
            if label != int(label):
                raise InputError(f"row {row}: Unknown label type: continuous ({label})", "input.labels")
    elif labels.dtype.kind == "O":
        for row, label in enumerate(labels):
            if label is None or label != label:
                raise InputError(f"row {row}: no label ({label})", "input.labels")
            if not isinstance(label, (str, int, np.integer)):
                raise InputTypeError(f"row {row}: label {label!r} is no text and no whole number", "input.type")
    elif labels.dtype.kind not in "Ubiu":
        raise InputTypeError(f"labels are text or whole numbers, not {labels.dtype}", "input.type")
    return labels


class TextClassifier:
    """What :class:`TopicClassifier` and :class:`Dispatcher` share: a calibrated linear classifier over the texts' words and characters."""

    _estimator_type: ClassVar[str] = "classifier"
    _task: ClassVar[str] = "text"

    def __init__(
        self,
        *,
        text: str | Sequence[str] | None = None,
        risk: float = 0.05,
        size_budget: int | None = None,
        least_texts: int = 5,
        width: int = 24,
        words: str | bytes | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.text = text
        self.risk = risk
        self.size_budget = size_budget
        self.least_texts = least_texts
        self.width = width
        self.words = words
        self.n_jobs = n_jobs

    # -- conventions -------------------------------------------------------------------------------------------------------------------

    @classmethod
    def _names(cls) -> list[str]:
        return sorted(p for p in inspect.signature(cls.__init__).parameters if p != "self")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters as given."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self: E, **params: Any) -> E:
        """Changes parameters; takes effect at the next :meth:`fit` (``risk``, ``text`` and ``n_jobs`` at once)."""
        for name, value in params.items():
            if name not in self._names():
                raise InputError(f"{type(self).__name__} has no parameter {name!r}; it has: {', '.join(self._names())}", "input.parameter")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(one_d_array=True, two_d_array=False, string=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_bytes")

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_native"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_bytes" in state:
            self._native = _jiesu.Model(self._bytes)

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        given = (f"{n}={v!r}" for n, v in self.get_params().items() if v is not defaults[n].default and v != defaults[n].default)
        return f"{type(self).__name__}({', '.join(given)})"

    # -- learning ----------------------------------------------------------------------------------------------------------------------

    def fit(self: E, X: Any, y: Any) -> E:
        """Learns from texts and their labels, in order of time when there is one (calibration looks at the latest).

        ``X`` is a list, array or column of texts, or a table whose columns ``text`` names. A text that is none (``None``, NaN, bytes,
        blank) or a label that is none is an error that names its row.
        """
        np = _numpy()
        labels = _labels(y)
        classes = np.unique(labels)
        names = [str(c) for c in classes]
        if len(set(names)) < len(names):
            raise InputTypeError("labels mix text and numbers that look alike", "input.type")
        learned, figures = _jiesu.fit(
            default_bundle() if self.words is None else self.words,
            self._task,
            self._source(X),
            [str(label) for label in labels.tolist()],
            text=self._text(X),
            budget=self.size_budget,
            least_texts=self.least_texts,
            width=self.width,
            risk=self.risk,
            n_jobs=self.n_jobs,
        )
        self._open(learned, classes)
        #: Figures on rows the weights had not seen (sharpness and thresholds were chosen on them).
        self.held_out_ = Evaluation._read(figures)
        return self

    def _open(self, model: bytes, classes: Any = None) -> None:
        np = _numpy()
        self._bytes = model
        self._native = _jiesu.Model(model)
        names = self._native.labels()
        #: The labels; columns of :meth:`predict_proba`.
        self.classes_ = np.array(names, dtype=object) if classes is None else classes
        # The core sorts labels as text, numpy by their own order.
        where = {str(c): i for i, c in enumerate(self.classes_)}
        self._class_of = np.array([where[n] for n in names], dtype=np.intp)

    # -- answering ---------------------------------------------------------------------------------------------------------------------

    def predict(self, X: Any) -> Any:
        """The best label of each text."""
        np = _numpy()
        best = np.frombuffer(self._model.best(self._source(X), text=self._text(X), n_jobs=self.n_jobs), dtype=np.uint32)
        return self.classes_[self._class_of[best]]

    def predict_proba(self, X: Any) -> Any:
        """Calibrated probabilities of each text, a column for each of ``classes_``."""
        np = _numpy()
        native = np.frombuffer(self._model.probabilities(self._source(X), text=self._text(X), n_jobs=self.n_jobs), dtype=np.float64)
        out = np.empty((native.size // len(self.classes_), len(self.classes_)))
        out[:, self._class_of] = native.reshape(out.shape)
        return out

    def predict_set(self, X: Any) -> list[list[Any]]:
        """The 90% conformal set of each text: at most one in ten misses the true label. The best label comes first and is always in it."""
        sets = self._model.sets(self._source(X), text=self._text(X), n_jobs=self.n_jobs)
        classes = self.classes_.tolist()
        names = [classes[i] for i in self._class_of]
        return [[names[c] for c in s] for s in sets]

    def abstain(self, X: Any, risk: float | None = None) -> Any:
        """Whether a person should decide each text: of the others at most ``risk`` (by default the parameter) are wrong."""
        np = _numpy()
        risk = self.risk if risk is None else risk
        return np.array(self._model.abstain(self._source(X), risk, text=self._text(X), n_jobs=self.n_jobs), dtype=bool)

    def predict_table(self, table: Any, *, top: int = 5, risk: float | None = None, progress: bool = False) -> Any:
        """A table of the same library with a row for each row of ``table``, pandas with the same index: ``label``, ``p``, ``labels`` and
        ``ps`` (the best ``top``), ``set``, ``abstain``; a row without text has nulls and why in ``error``."""
        total = len(table) if hasattr(table, "__len__") else None
        with bar(progress, total, "predict") as update:
            native = self._model.table(
                self._source(table), text=self._text(table), top=top, risk=self.risk if risk is None else risk, n_jobs=self.n_jobs, progress=update
            )
        return like(table, native)

    def score(self, X: Any, y: Any) -> float:
        """Share of texts whose best label is the true one."""
        np = _numpy()
        right = self.predict(X) == np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
        return float(np.mean(right))

    def evaluate(self, X: Any, y: Any, *, risk: float | None = None) -> Evaluation:
        """All figures on labelled texts: accuracy, macro-F1, calibration, coverage of the sets, what may go out by itself, by class."""
        labels = [str(label) for label in (y.to_list() if hasattr(y, "to_list") else y)]
        risk = self.risk if risk is None else risk
        return Evaluation._read(self._model.evaluate(self._source(X), labels, text=self._text(X), risk=risk, n_jobs=self.n_jobs))

    # -- files -------------------------------------------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The model file's bytes."""
        self._model
        return self._bytes

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file that ``jiesu predict`` and ``jiesu evaluate`` read."""
        try:
            with open(path, "wb") as f:
                f.write(self.to_bytes())
        except OSError as e:
            raise FileError(f"{os.fspath(path)}: {e}", "model.io") from e

    @classmethod
    def load(cls: type[E], model: str | os.PathLike[str] | bytes, **params: Any) -> E:
        """Opens a model file, given as a path or as bytes; labels are text."""
        out = cls(**params)
        if isinstance(model, bytes):
            out._open(model)
            return out
        try:
            with open(model, "rb") as f:
                out._open(f.read())
        except OSError as e:
            raise FileError(f"{os.fspath(model)!r}: {e}", "model.io") from e
        return out

    # -- conversion --------------------------------------------------------------------------------------------------------------------

    @property
    def _model(self) -> _jiesu.Model:
        if not hasattr(self, "_native"):
            raise not_trained(f"this {type(self).__name__} is not fitted: call fit with texts and labels first")
        return self._native

    def _text(self, X: Any) -> list[str] | None:
        named = options_of(self.text, None, None)["text"]
        return named if _has_columns(X) else None

    def _source(self, X: Any) -> Any:
        if is_table(X):
            return to_stream(X, columns_of(options_of(self.text, None, None)))
        if isinstance(X, (str, bytes)) or not hasattr(X, "__iter__"):
            raise InputTypeError(f"give a list, array or table of texts, not {type(X).__name__}", "input.type")
        if hasattr(X, "ravel"):
            if X.ndim != 1 and (X.ndim != 2 or X.shape[1] != 1):
                raise InputError(f"texts have shape {X.shape}: give one text for each row", "input.shape")
            X = X.ravel().tolist()
        return [plain(x) for x in X]


def _has_columns(X: Any) -> bool:
    return is_table(X) and not hasattr(X, "to_frame") and type(X).__name__ not in ("Array", "ChunkedArray", "StringArray")


class TopicClassifier(TextClassifier):
    """Learns a city's own topics (智能分类) from its own orders: calibrated probabilities, conformal sets, abstention.

    text
        Columns of the text when ``X`` is a table (several are joined by newlines, the first is the title).
    risk
        Share of wrong answers allowed among those that go out by themselves, see :meth:`abstain`.
    size_budget
        Size of the model file in bytes, by default 2 MB up to 20 labels, else 4 MB.
    least_texts, width
        A feature must occur in this many texts; so many weights are kept for each.
    words
        Bundle whose dictionary cuts the words (path or bytes), by default the package's.
    n_jobs
        Threads, by default all cores.

    >>> import jiesu
    >>> texts = ["公司拖欠工资三个月不给", "小区门口的路灯不亮", "楼上漏水到我家", "包工头欠薪跑了", "路灯坏了一片黑", "卫生间漏水没人修"] * 10
    >>> topics = ["欠薪", "路灯", "漏水"] * 20
    >>> model = jiesu.TopicClassifier(least_texts=1).fit(texts, topics)
    >>> model.predict(["老板不给工资"]).tolist()
    ['欠薪']
    >>> model.predict_set(["路灯不亮"])[0][0]
    '路灯'
    >>> model.predict_proba(["家里漏水"]).shape
    (1, 3)
    """

    _task = "topic"


class Dispatcher(TextClassifier):
    """Learns from past orders which unit answers (智能派单): :class:`TopicClassifier` over units.

    This is a model alone. ``Engine(history=…, catalogue=…)`` weighs a city's past orders against its catalogue and geography, and says why.

    >>> import jiesu
    >>> texts = ["公司拖欠工资三个月不给", "小区门口的路灯不亮", "包工头欠薪跑了", "路灯坏了一片黑"] * 20
    >>> units = ["区人力资源社会保障局", "区城市管理委"] * 40
    >>> dispatcher = jiesu.Dispatcher(risk=0.02, least_texts=1)
    >>> dispatcher.fit(texts, units).predict(["厂里欠薪"]).tolist()
    ['区人力资源社会保障局']
    """

    _task = "unit"
