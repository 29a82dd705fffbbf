"""Hotspot detection: a table of events in, alerts out."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from . import _jiesu
from ._answers import Alert, EmergingTopic, Ranked
from ._engine import Engine, columns_of, default_bundle, options_of
from ._errors import FieldError, FileError, InputError, InputTypeError
from ._tables import as_arrow, column_names, is_table, to_stream

_FIELDS = ("id", "time", "area", "topic", "caller", "incident", "status", "satisfied", "unit", "problem", "received_at")
_AREA = ("code", "name", "parent", "lon", "lat")
_TOPIC = ("code", "name", "parent")
_HOLIDAY = ("from", "to", "kind", "name")
_PARAMETERS = ("statistic", "false_alarms_per_month", "window", "history", "half_life", "caller_days", "refit_days", "burn_in", "seed")


class SeriesDay(NamedTuple):
    """One day of a series: what was seen, what was expected, and the range nine normal days out of ten fall in."""

    day: str
    observed: float
    expected: float
    low: float
    high: float


class Events:
    """Events to count, gathered from one table or from many. ``rejected`` holds the rows that are none, with the reason."""

    __slots__ = ("_native", "rejected")

    def __init__(self) -> None:
        self._native = _jiesu.Events()
        self.rejected: list[tuple[int, str]] = []

    def add(self, table: Any, **columns: str) -> Events:
        """Adds the rows of a table. The columns are ``id``, ``time`` (else ``received_at``), ``area``, ``topic`` (else ``problem``) and, when
        there are such, ``caller``, ``incident``, ``status``, ``satisfied``, ``unit``; ``topic="problem"`` takes another column instead."""
        if not is_table(table):
            raise InputTypeError(f"events are a table, not {type(table).__name__}", "input.type")
        unknown = set(columns) - set(_FIELDS)
        if unknown:
            raise FieldError(f"an event has no `{unknown.pop()}`; it has: {', '.join(_FIELDS)}", "input.field")
        names = column_names(table)
        fields = [(f, columns.get(f, f)) for f in _FIELDS if f in columns or f in names]
        for needed, other in (("id", "id"), ("time", "received_at"), ("topic", "problem")):
            if not {needed, other} & {f for f, _ in fields}:
                raise FieldError(f"no column `{needed}`: name it with {needed}=; the columns are: {', '.join(names)}", "input.field")
        before = len(self) + len(self.rejected)
        bad = self._native.push(to_stream(table, [c for _, c in fields]), fields)
        self.rejected += [(before + row, why) for row, why in bad]
        return self

    @property
    def span(self) -> tuple[str, str] | None:
        """First and last day; None when there is no event."""
        return self._native.span()

    def __len__(self) -> int:
        return len(self._native)


class HotspotDetector:
    """Finds hotspots (热点发现): area × topic × time, with the false alarms of the whole grid under control.

    ``areas`` is a table or CSV file ``code, name, parent[, lon, lat]``, ``adjacency`` one of pairs ``a, b`` (or a list of pairs); ``"bundle"``
    takes both from the package's gazetteer. ``topics``, a table or CSV file ``code, parent[, name]``, has the topics above the events' own
    scanned too. ``holidays``, one of ``from, to, kind[, name]`` (kind ``holiday`` or ``workday``), gives days off and worked weekends a
    level of their own. ``statistic`` is ``"rates"`` or ``"permutation"``. The other parameters are those of the core, see the README.

    >>> import jiesu, pyarrow as pa
    >>> days = [f"2026-01-{d:02}" for d in range(1, 32)] + [f"2026-02-{d:02}" for d in range(1, 29)]
    >>> normal = [(d, f"11010500{i}", "0401") for d in days for i in (1, 2, 3)]
    >>> outbreak = [("2026-02-28", "110105002", "0401")] * 25
    >>> rows = [{"id": str(n), "time": d, "area": a, "topic": t} for n, (d, a, t) in enumerate(normal + outbreak)]
    >>> detector = jiesu.HotspotDetector()
    >>> alerts = detector.detect(pa.Table.from_pylist(rows), as_of="2026-02-28")
    >>> [(a.state, a.areas) for a in alerts if a.scope == "local"]
    [('new', ['110105002'])]
    >>> detector.series("0401", ["110105002"], 1)[0].observed
    26.0
    """

    def __init__(
        self,
        areas: Any = None,
        adjacency: Any = None,
        *,
        topics: Any = None,
        holidays: Any = None,
        statistic: str = "rates",
        false_alarms_per_month: float = 0.4,
        window: int = 28,
        history: int = 366,
        half_life: float = 120.0,
        caller_days: int = 30,
        refit_days: int = 7,
        burn_in: int = 14,
        seed: int = 12345,
    ) -> None:
        self.areas = areas
        self.adjacency = adjacency
        self.topics = topics
        self.holidays = holidays
        self.statistic = statistic
        self.false_alarms_per_month = false_alarms_per_month
        self.window = window
        self.history = history
        self.half_life = half_life
        self.caller_days = caller_days
        self.refit_days = refit_days
        self.burn_in = burn_in
        self.seed = seed
        if isinstance(areas, str) and areas == "bundle":
            gazetteer = _jiesu.Gazetteer(default_bundle())
            # Communities count in their town.
            areas = [[a[n] for n in _AREA] for a in as_arrow(gazetteer.areas()).to_pylist() if a["level"] != "community"]
            adjacency = gazetteer.adjacency() if adjacency is None else adjacency
        self._tables = (_csv(areas, _AREA), _csv(adjacency, ("a", "b")), _csv(topics, _TOPIC), _csv(holidays, _HOLIDAY))
        self._native = self._open()

    def _open(self) -> _jiesu.Detector:
        parameters = {name: getattr(self, name) for name in _PARAMETERS}
        areas, adjacency, topics, holidays = self._tables
        return _jiesu.Detector(areas=areas, adjacency=adjacency, topics=topics, holidays=holidays, **parameters)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_native"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._native = self._open()

    def detect(self, events: Any, as_of: str, *, since: str | None = None, **columns: str) -> list[Alert]:
        """Alerts of one day, or of every day from ``since`` on, each day seeing only what had arrived by its end.

        ``events`` is a table (``columns`` name its columns, see :meth:`Events.add`) or :class:`Events`. ``pandas.DataFrame(alerts)`` makes a
        frame of the answer.
        """
        return [Alert._read(j) for j in self._native.scan(_events(events, columns)._native, str(since or as_of), str(as_of))]

    def monthly(self, events: Any, month: str, **columns: str) -> list[Ranked]:
        """Problems of a month (``YYYY-MM``) in the order of the city's attention (每月一题), with the reasons."""
        return [Ranked._read(j) for j in self._native.monthly(_events(events, columns)._native, month)]

    def series(self, topic: str, areas: Sequence[str], days: int = 90) -> list[SeriesDay]:
        """Observed and expected counts of a topic over some areas on the last days of the last :meth:`detect`."""
        return [SeriesDay(*d) for d in self._native.series(topic, [areas] if isinstance(areas, str) else list(areas), days)]

    @property
    def is_young(self) -> bool:
        """Whether the history of the last :meth:`detect` was too short for rates of its own: only strong outbreaks are found."""
        return self._native.is_young()

    def __repr__(self) -> str:
        return f"<HotspotDetector {', '.join(f'{name}={getattr(self, name)}' for name in _PARAMETERS[:4])}>"


class EmergingTopics:
    """Finds topics that emerge (新出现的问题): what residents begin to talk about and no class names yet. Give it every day's records once,
    in the order of days; it needs four weeks before the first word.

    ``engine`` reads the texts, by default one of the package's bundle. ``state`` goes on from :meth:`to_bytes`, which is as confidential as
    the records.

    >>> import jiesu
    >>> watch = jiesu.EmergingTopics()
    >>> watch.update_day("2026-01-05", [{"id": "1", "text": "楼上装修太吵"}])
    []
    >>> watch.is_young, jiesu.EmergingTopics(watch.engine, state=watch.to_bytes()).last_day
    (True, '2026-01-05')
    """

    __slots__ = ("_native", "engine")

    def __init__(
        self,
        engine: Engine | None = None,
        *,
        state: bytes | None = None,
        similarity: float = 0.38,
        per_day: int = 1000,
        false_per_month: float = 0.25,
        least: int = 4,
    ) -> None:
        self.engine = Engine() if engine is None else engine
        self._native = _jiesu.Emerging(state=state, similarity=similarity, per_day=per_day, false_per_month=false_per_month, least=least)

    def update_day(
        self, day: str, records: Any, *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, datum: str = "wgs84"
    ) -> list[EmergingTopic]:
        """Closes a day with its records, a list or a table (columns as in :meth:`Engine.analyze`), and gives the topics that stand out."""
        if datum not in ("wgs84", "gcj02"):
            raise InputError(f"datum is {datum!r}: give 'wgs84' or 'gcj02'", "input.datum")
        options = {**options_of(text, id, time), "gcj02": datum == "gcj02"}
        source = to_stream(records, columns_of(options)) if is_table(records) else list(records)
        return [EmergingTopic._read(j) for j in self._native.update_day(self.engine._native, str(day), source, **options)]

    def to_bytes(self) -> bytes:
        """Everything it remembers."""
        return self._native.to_bytes()

    @property
    def last_day(self) -> str | None:
        """The last day that was closed."""
        return self._native.last_day()

    @property
    def is_young(self) -> bool:
        """Whether there is too little background to say anything: under four weeks."""
        return self._native.is_young()


def _events(events: Any, columns: dict[str, str]) -> Events:
    return events if isinstance(events, Events) else Events().add(events, **columns)


def _csv(table: Any, names: tuple[str, ...]) -> str | None:
    """A table of areas or of neighbours as CSV text."""
    if table is None:
        return None
    if isinstance(table, (str, os.PathLike)):
        try:
            with open(table, encoding="utf-8") as f:
                return f.read()
        except OSError as e:
            raise FileError(f"{os.fspath(table)}: {e}", "hotspot.io") from e
    rows: Iterable[Any]
    if is_table(table):
        columns = as_arrow(table)
        names = tuple(n for n in names if n in columns.column_names)
        rows = ([r[n] for n in names] for r in columns.select(list(names)).to_pylist())
    else:
        rows = table
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows(["" if v is None or v != v else v for v in row] for row in rows)
    return out.getvalue()
