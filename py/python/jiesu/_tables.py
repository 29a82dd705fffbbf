"""Tables of any library in, the same library's tables out, without importing a library that the caller does not use."""

from __future__ import annotations

import sys
from typing import Any

from ._errors import DependencyError, InputError, InputTypeError


def _is(value: Any, module: str, *names: str) -> bool:
    """Whether a value is of a class of a library, which is only looked at when it has been imported already."""
    library = sys.modules.get(module)
    return library is not None and any(isinstance(value, getattr(library, n)) for n in names if hasattr(library, n))


def is_table(value: Any) -> bool:
    """Whether a value is a table or a column of texts."""
    libraries = _is(value, "pandas", "DataFrame", "Series") or _is(value, "polars", "LazyFrame")
    return libraries or hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__")


def column_names(table: Any) -> list[str]:
    """Names of a table's columns."""
    if _is(table, "polars", "LazyFrame"):
        return list(table.collect_schema().names())
    names = getattr(getattr(table, "schema", None), "names", None)
    if isinstance(names, list):
        return names
    columns = getattr(table, "columns", None)
    return [str(c) for c in (as_arrow(table).column_names if columns is None else columns)]


def as_arrow(table: Any, columns: list[str] | None = None) -> Any:
    """A table as a pyarrow table, of these columns alone when they are there."""
    try:
        import pyarrow as pa
    except ImportError as e:
        raise DependencyError("this needs pyarrow: pip install pyarrow", "dependency") from e
    whole = pa.table(to_stream(table, columns))
    # Polars' string views have no kernels in pyarrow yet.
    whole = whole.cast(pa.schema([f.with_type(pa.large_string()) if f.type == pa.string_view() else f for f in whole.schema]))
    return whole if columns is None else whole.select([c for c in whole.column_names if c in columns])


def to_stream(value: Any, columns: list[str] | None) -> Any:
    """A table as something that speaks Arrow's C stream interface. ``columns``: the only ones a pandas frame needs to convert."""
    if _is(value, "pandas", "Series", "DataFrame"):
        import pandas as pd

        frame = value.to_frame("text") if isinstance(value, pd.Series) else value
        names = [str(c) for c in frame.columns]
        if columns is not None:
            frame = frame[[c for c in frame.columns if c in columns]]
        try:
            import pyarrow as pa
        except ImportError as e:
            raise DependencyError("pandas tables need pyarrow: pip install pyarrow", "dependency") from e
        try:
            table = pa.Table.from_pandas(frame, preserve_index=False)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as e:
            raise InputTypeError(f"a column holds values of several types: {e}", "input.type") from e
        except UnicodeError as e:
            raise InputError(f"a column holds text that is no Unicode: {e}", "input.record") from e
        # Columns that nobody reads are there by name only, so that an error can list them.
        for name in names:
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(table.num_rows))
        return table
    if _is(value, "polars", "LazyFrame"):
        value = value.collect()
    if _is(value, "polars", "Series"):
        return value.to_frame("text")
    if _is(value, "pyarrow", "Array", "ChunkedArray"):
        import pyarrow as pa

        return pa.table({"text": value})
    return value


def like(source: Any, native: Any) -> Any:
    """A native table as one of ``source``'s library, a pandas frame with ``source``'s index."""
    if _is(source, "pandas", "DataFrame", "Series"):
        import pyarrow as pa

        frame = pa.table(native).to_pandas()
        frame.index = source.index
        return frame
    if _is(source, "polars", "DataFrame", "LazyFrame", "Series"):
        import polars as pl

        return pl.DataFrame(native)
    if _is(source, "pyarrow", "Table", "RecordBatch", "RecordBatchReader", "Array", "ChunkedArray"):
        import pyarrow as pa

        return pa.table(native)
    return Table(native)


class Table:
    """Answers as a table that speaks Arrow's C stream interface: any Arrow library can take it in without a copy."""

    __slots__ = ("_native",)

    def __init__(self, native: Any) -> None:
        self._native = native

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self._native.num_rows)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._native.column_names)

    def __repr__(self) -> str:
        return f"jiesu.Table({len(self)} rows: {', '.join(self.columns)})"

    def to_pandas(self) -> Any:
        """A pandas frame; needs pandas and pyarrow."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """A polars frame; needs polars."""
        import polars as pl

        return pl.DataFrame(self)

    def to_arrow(self) -> Any:
        """A pyarrow table; needs pyarrow."""
        import pyarrow as pa

        return pa.table(self)


class Stream:
    """Answers batch by batch, each computed when it is asked for. Speaks Arrow's C stream interface; can be read once."""

    __slots__ = ("_native",)

    def __init__(self, native: Any) -> None:
        self._native = native

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> Any:
        """A ``pyarrow.RecordBatchReader`` over the same batches; needs pyarrow."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_stream(self)
