"""``train`` and ``evaluate`` over tables: the command line's steps for those who hold a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from ._answers import Evaluation
from ._engine import columns_of, options_of
from ._errors import FieldError, InputTypeError
from ._estimators import TextClassifier, TopicClassifier
from ._tables import as_arrow, column_names, is_table

E = TypeVar("E", bound=TextClassifier)


def _rows(table: Any, text: str | Sequence[str] | None, label: str, time: str | None) -> tuple[Any, Any]:
    """Rows that have a label, in order of time when every one has a time; and their labels."""
    if not is_table(table):
        raise InputTypeError(f"give a table, not {type(table).__name__}", "input.type")
    import pyarrow.compute as pc

    names = column_names(table)
    for name in filter(None, (label, time)):
        if name not in names:
            raise FieldError(f"no column `{name}`; the columns are: {', '.join(names)}", "input.field")
    rows = as_arrow(table, [*columns_of(options_of(text, None, time)), label])
    rows = rows.filter(pc.is_valid(rows[label]))
    when = time or ("received_at" if "received_at" in rows.column_names else None)
    if when is not None and rows[when].null_count == 0:
        rows = rows.take(pc.sort_indices(rows, sort_keys=[(when, "ascending")]))
    labels = rows[label].to_pylist()
    return rows.drop_columns([label]), labels


def train(
    table: Any,
    *,
    text: str | Sequence[str] | None = None,
    label: str = "label",
    time: str | None = None,
    kind: type[E] = TopicClassifier,  # type: ignore[assignment]
    **params: Any,
) -> E:
    """A classifier learned from the rows of a table that have a label, in order of time when they have one. ``held_out_`` has its figures.

    >>> import jiesu, pyarrow as pa
    >>> rows = [{"text": t, "topic": l} for t, l in [("拖欠工资不给", "欠薪"), ("路灯不亮", "路灯")] * 30]
    >>> model = jiesu.train(pa.Table.from_pylist(rows), label="topic", least_texts=1)
    >>> jiesu.evaluate(model, pa.Table.from_pylist(rows), label="topic").accuracy
    1.0
    """
    rows, labels = _rows(table, text, label, time)
    return kind(text=text, **params).fit(rows, labels)


def evaluate(model: TextClassifier, table: Any, *, text: str | Sequence[str] | None = None, label: str = "label", risk: float | None = None) -> Evaluation:
    """All figures of a classifier on the labelled rows of a table."""
    rows, labels = _rows(table, model.text if text is None else text, label, None)
    return model.evaluate(rows, labels, risk=risk)
