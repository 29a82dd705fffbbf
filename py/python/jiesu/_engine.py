"""The engine: everything a bundle knows, over one complaint, many, or a table."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, overload

from . import _jiesu
from ._answers import Analysis, plain
from ._errors import FileError, InputError, InputTypeError
from ._progress import bar
from ._tables import Stream, is_table, like, to_stream

#: A complaint: a text, or a record with ``text`` (or ``title`` and ``detail``) and any of ``id``, ``received_at``, ``channel``, ``caller``,
#: ``address``, ``lon``, ``lat``, ``area``, ``topic``, ``unit``, ``status``, ``satisfied``.
Record = str | Mapping[str, Any]

_OTHERS = ["channel", "caller", "address", "area", "topic", "unit", "status", "satisfied", "lon", "lat"]


def default_bundle() -> str:
    """Path of the bundle that came with the package."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "beijing.jiesu")


class Engine:
    """Opens a bundle and answers from it. Immutable: share one between threads.

    bundle
        A path or the bytes of a bundle; by default the one that came with the package.
    history
        Folder of a city's own past orders (``python -m jiesu history build``): suggestions list the most similar ones, past returns
        are not repeated.
    catalogue
        A catalogue of dispatch (派单目录, CSV) instead of the bundle's.

    Catalogue, history and geography are fused into one suggestion, the same as that of ``jiesu analyze --history --catalogue``.

    >>> import jiesu
    >>> engine = jiesu.Engine()
    >>> answer = engine.analyze("小区停水两天了，什么时候来水？我电话13912345678")
    >>> answer["pii"][0]["text"]
    '13912345678'
    >>> answer.units[0]["role"]
    'lead'
    """

    __slots__ = ("_catalogue", "_bundle", "_history", "_native")

    def __init__(
        self,
        bundle: str | os.PathLike[str] | bytes | None = None,
        *,
        history: str | os.PathLike[str] | None = None,
        catalogue: str | os.PathLike[str] | None = None,
    ) -> None:
        if bundle is None:
            bundle = default_bundle()
        elif not isinstance(bundle, (str, bytes, os.PathLike)):
            raise InputTypeError(f"a bundle is a path or bytes, not {type(bundle).__name__}", "input.type")
        self._bundle = bundle if isinstance(bundle, bytes) else os.path.abspath(bundle)
        self._history = _path("history", history)
        self._catalogue = _path("catalogue", catalogue)
        self._native = _jiesu.Engine(self._bundle, self._history, self._catalogue)

    def __reduce__(self) -> tuple[Any, ...]:
        return _engine, (self._bundle, self._history, self._catalogue)

    def __repr__(self) -> str:
        return f"jiesu.Engine({'<bytes>' if isinstance(self._bundle, bytes) else self._bundle!r})"

    @overload
    def analyze(self, complaints: Record, *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, datum: str = "wgs84") -> Analysis: ...
    @overload
    def analyze(
        self, complaints: list[Record] | list[str] | tuple[Record, ...], *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None,
        datum: str = "wgs84", n_jobs: int | None = None,
    ) -> list[Analysis]: ...
    @overload
    def analyze(
        self, complaints: Any, *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, datum: str = "wgs84",
        json: bool = False, n_jobs: int | None = None, progress: bool = False,
    ) -> Any: ...

    def analyze(
        self,
        complaints: Any,
        *,
        text: str | Sequence[str] | None = None,
        id: str | None = None,
        time: str | None = None,
        datum: str = "wgs84",
        json: bool = False,
        n_jobs: int | None = None,
        progress: bool = False,
    ) -> Any:
        """Type, urgency, topic, place, units, missing facts of a complaint, of many, or of a table.

        complaints
            A text or a record gives an :class:`Analysis`; a list of them a list. A table (pandas, polars, pyarrow, or anything with
            ``__arrow_c_stream__``) gives a table of the same library with a row for each of its rows, pandas with the same index.
        text, id, time
            Fields or columns of the text (several are joined by newlines, the first is the title), the id and the time.
            By default ``text``, else ``title`` and ``detail``; ``id``; ``received_at``.
        datum
            ``"wgs84"`` or ``"gcj02"``: of the columns ``lon`` and ``lat``.
        json
            Tables only: adds a column ``json`` with the whole answer.
        n_jobs
            Threads; by default all cores, 1 stays on the calling thread. The interpreter is free meanwhile.
        progress
            Shows a bar on stderr.

        Bad input: a value that is no text (``None``, bytes, a number) is an :class:`InputTypeError`, an empty text an
        :class:`InputError`, a column that is not there a :class:`FieldError`. In a table a row without text (null, NaN, blank), or with
        a time that is none, becomes a row of nulls whose ``error`` says why; a text column of another type is an error.
        """
        options = _options(text, id, time, datum)
        if isinstance(complaints, (str, Mapping)):
            return Analysis(self._native.json([plain(complaints)], **options, n_jobs=1)[0])
        if isinstance(complaints, (list, tuple)):
            return [Analysis(j) for j in self._native.json([plain(c) for c in complaints], **options, n_jobs=n_jobs)]
        if not is_table(complaints):
            raise InputTypeError(f"give a text, a record (dict), a list of them or a table, not {type(complaints).__name__}", "input.type")
        total = len(complaints) if hasattr(complaints, "__len__") else None
        with bar(progress, total, "analyze") as update:
            source = to_stream(complaints, columns_of(options))
            native = self._native.table(source, **options, json=json, n_jobs=n_jobs, progress=update)
        return like(complaints, native)

    def to_json(self, complaints: Any, **options: Any) -> Any:
        """Canonical JSON of a complaint (``str``) or of a list of them, byte for byte that of Rust, the command line and JavaScript."""
        answers = self.analyze(complaints, **options)
        return [a.to_json() for a in answers] if isinstance(answers, list) else answers.to_json()

    def stream(
        self, source: Any, *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, datum: str = "wgs84",
        json: bool = False, n_jobs: int | None = None,
    ) -> Stream:
        """Like :meth:`analyze` for a table that need not fit in memory, such as a ``pyarrow.dataset`` scanner's reader.

        Each batch is analysed when it is asked for. Gives a stream that any Arrow library reads::

            reader = pyarrow.dataset.dataset("orders/").scanner(columns=["id", "text"]).to_reader()
            pyarrow.parquet.write_table(engine.stream(reader).to_arrow().read_all(), "answers.parquet")
        """
        options = _options(text, id, time, datum)
        return Stream(self._native.stream(to_stream(source, columns_of(options)), **options, json=json, n_jobs=n_jobs))


def _engine(bundle: str | bytes, history: str | None, catalogue: str | None) -> Engine:
    """For pickle, which knows no keywords. The files are opened again: they must be there too."""
    return Engine(bundle, history=history, catalogue=catalogue)


def _path(name: str, path: str | os.PathLike[str] | None) -> str | None:
    if path is not None and not isinstance(path, (str, os.PathLike)):
        raise InputTypeError(f"{name} is a path, not {type(path).__name__}", "input.type")
    return None if path is None else os.path.abspath(path)


def options_of(text: str | Sequence[str] | None, id: str | None, time: str | None) -> dict[str, Any]:
    """Keyword arguments of the native calls: which fields make a record."""
    return {"text": [text] if isinstance(text, str) else text and list(text), "id": id, "time": time}


def columns_of(options: dict[str, Any]) -> list[str]:
    """The columns of a table that these options may read."""
    named = options["text"] or ["text", "title", "detail"]
    return [*named, options.get("id") or "id", options.get("time") or "received_at", *_OTHERS]


def _options(text: str | Sequence[str] | None, id: str | None, time: str | None, datum: str) -> dict[str, Any]:
    if datum not in ("wgs84", "gcj02"):
        raise InputError(f"datum is {datum!r}: give 'wgs84' or 'gcj02'", "input.datum")
    return {**options_of(text, id, time), "gcj02": datum == "gcj02"}


def read_bundle(path: str | os.PathLike[str] | None = None) -> bytes:
    """The bytes of a bundle (by default the package's), for workers that get them over a network."""
    try:
        with open(path or default_bundle(), "rb") as f:
            return f.read()
    except OSError as e:
        raise FileError(f"bundle file {path}: {e}", "bundle.io") from e
