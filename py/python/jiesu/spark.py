"""The same operations over Spark DataFrames (``pip install jiesu[spark]``), for what is larger than one machine.

The bundle goes to the workers once, as broadcast bytes, and is opened once in each of them. Give DataFrames an ``id`` column: rows have
no number there. Set ``spark.sql.shuffle.partitions`` to two or three times the cores.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

from . import _jiesu
from ._engine import Engine, default_bundle, options_of, read_bundle
from ._errors import DependencyError, FieldError, InputError
from ._estimators import TextClassifier
from ._hotspots import Events, HotspotDetector

try:
    import numpy as np
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql import functions as F
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.storagelevel import StorageLevel
except ImportError as e:
    raise DependencyError(f"Spark needs pyspark, pyarrow and numpy: pip install jiesu[spark] ({e})", "dependency") from e

T = TypeVar("T")

#: What a worker has opened, by content; lives as long as the worker.
_opened: dict[str, Any] = {}

_ALERT = "as_of string, alert string, scope string, areas array<string>, topic string, start string, end string, observed long, expected double, p_value double, q_value double, state string, callers long, incidents long, cases array<string>"
#: Records that may find each other by one feature: the newest before each. As in the index of the core.
_MOST_POSTED = 64


class _Shipped:
    """Bytes for the workers: broadcast where there is a context, else carried along (Spark Connect)."""

    def __init__(self, frame: DataFrame, data: bytes) -> None:
        self._key = hashlib.sha256(data).hexdigest()
        try:
            self._data: Any = frame.sparkSession.sparkContext.broadcast(data)
        except Exception:  # Spark Connect raises errors of several kinds.
            self._data = data

    def open(self, kind: Callable[[bytes], T]) -> T:
        """What ``kind`` makes of the bytes, made once in each worker."""
        key = f"{kind.__name__} {self._key}"
        if key not in _opened:
            data = self._data if isinstance(self._data, bytes) else self._data.value
            _opened[key] = kind(data)
        opened: T = _opened[key]
        return opened


def _bundle(bundle: str | os.PathLike[str] | bytes | None) -> bytes:
    return bundle if isinstance(bundle, bytes) else read_bundle(default_bundle() if bundle is None else bundle)


def _check(frame: DataFrame, *names: str | None) -> None:
    for name in filter(None, names):
        if name not in frame.columns:
            raise FieldError(f"no column `{name}`; the columns are: {', '.join(frame.columns)}", "input.field")


def _kept(frame: DataFrame, keep: Sequence[str] | None, id: str | None, answer: pa.Schema) -> list[str]:
    kept = [n for n in (id or "id",) if n in frame.columns] if keep is None else list(keep)
    _check(frame, *kept)
    both = set(kept) & set(answer.names)
    if both:
        raise InputError(f"column `{both.pop()}` is also one of the answer: rename it before", "input.field")
    return kept


def _beside(frame: DataFrame, kept: list[str], answer: pa.Schema, work: Callable[[Any], Any]) -> DataFrame:
    """The kept columns and, beside them, what ``work`` says of each batch."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            answers = pa.table(work(batch)).combine_chunks()
            columns = [batch.column(n) for n in kept] + [c.chunk(0) if c.num_chunks else pa.array([], c.type) for c in answers.columns]
            yield pa.RecordBatch.from_arrays(columns, names=[*kept, *answers.column_names])

    fields = frame.select(*kept).schema.fields + from_arrow_schema(answer).fields
    return frame.mapInArrow(run, type(frame.schema)(fields))


def analyze(
    frame: DataFrame, *, keep: Sequence[str] | None = None, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None,
    datum: str = "wgs84", json: bool = False, bundle: str | os.PathLike[str] | bytes | None = None,
) -> DataFrame:
    """:meth:`jiesu.Engine.analyze` over a DataFrame: the columns ``keep`` (by default the id) and the answer's columns."""
    options = {**options_of(text, id, time), "datum": datum, "json": json}
    _check(frame, *(options["text"] or ()), id, time)
    data = _bundle(bundle)
    names = options["text"] or [n for n in ("text", "title", "detail") if n in frame.columns]
    empty = pa.table({n: pa.array([], pa.string()) for n in [*names, *filter(None, (id, time))]})
    answer = Engine(data).analyze(empty, **options).schema
    shipped = _Shipped(frame, data)
    return _beside(frame, _kept(frame, keep, id, answer), answer, lambda batch: shipped.open(Engine).analyze(batch, n_jobs=1, **options))


def predict(frame: DataFrame, model: TextClassifier, *, keep: Sequence[str] | None = None, top: int = 5, risk: float | None = None) -> DataFrame:
    """:meth:`jiesu.TopicClassifier.predict_table` over a DataFrame: the columns ``keep`` (by default ``id``) and the answer's columns."""
    text = options_of(model.text, None, None)["text"]
    _check(frame, *(text or ()))
    risk = model.risk if risk is None else risk
    empty = pa.table({n: pa.array([], pa.string()) for n in text or ["text"]})
    answer = model.predict_table(empty, top=top, risk=risk).schema
    shipped = _Shipped(frame, model.to_bytes())

    def work(batch: Any) -> Any:
        return shipped.open(_jiesu.Model).table(batch, text=text, top=top, risk=risk, n_jobs=1)

    return _beside(frame, _kept(frame, keep, None, answer), answer, work)


def hotspots(events: DataFrame, as_of: str, *, since: str | None = None, detector: HotspotDetector | None = None, **columns: str) -> DataFrame:
    """:meth:`jiesu.HotspotDetector.detect` over a DataFrame of events: a DataFrame of alerts.

    False alarms are controlled over the whole grid, so one task does the scan: it reads only the few columns an event has, about 50 bytes
    each in memory. ``columns`` name them, see :meth:`jiesu.Events.add`.
    """
    detector = HotspotDetector() if detector is None else detector
    known = ("id", "time", "received_at", "area", "topic", "problem", "caller", "incident", "status", "satisfied", "unit")
    read = {f: columns.get(f, f) for f in known if f in columns or f in events.columns}
    _check(events, *read.values())
    day = read.get("time", read.get("received_at"))
    if day is None or "id" not in read:
        raise FieldError(f"events need `id` and `time`; the columns are: {', '.join(events.columns)}", "input.field")

    def scan(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        log = Events()
        for batch in batches:
            log.add(batch, **{f: f for f in read})
        alerts = detector.detect(log, as_of, since=since)
        yield pa.RecordBatch.from_pylist([dict(a) for a in alerts], schema=alert_schema)

    alert_schema = pa.schema([(name, _arrow_type(kind)) for name, kind in (f.strip().split(" ") for f in _ALERT.split(","))])
    flat = events.select(*(F.col(c).cast("string").alias(f) for f, c in read.items()))
    order = [f for f in ("time", "received_at", "id") if f in read]
    return flat.repartition(1).sortWithinPartitions(*order).mapInArrow(scan, _ALERT)


def _arrow_type(kind: str) -> Any:
    return {"string": pa.string(), "long": pa.int64(), "double": pa.float64(), "array<string>": pa.list_(pa.string())}[kind]


_SIGNED = "id string, time long, signature binary, keys array<long>, weights array<int>, error string"
_PLACED = "id string, incident string, relation string, p double, reasons array<string>, related array<string>, error string"


def merge(
    frame: DataFrame, *, text: str | Sequence[str] | None = None, id: str = "id", time: str | None = None, window_days: int = 90, candidates: int = 50,
    least_weight: int = 0, bundle: str | os.PathLike[str] | bytes | None = None,
) -> DataFrame:
    """:meth:`jiesu.IncidentIndex.merge` over a DataFrame: ``id``, ``incident`` (the id of its first record), ``relation``, ``p``,
    ``reasons``, ``related``, ``error``.

    Every answer is that of one machine over the same records in order of time, then id, those without a time first. Records are
    fingerprinted; those that share a rare feature (the join key) are candidates, the heaviest ``candidates`` before each are scored; what is
    connected by pairs worth showing comes together, and there the core decides in that order, each record among the candidates found for it.
    It judges a record by an incident as a whole, so that a chain of pairs makes no incident. An id that comes again within the window is told
    as it stands. Candidates that share less than ``least_weight`` are not scored; 0 leaves none out.

    Part of the work is done at once, and fingerprints stay in Spark's cache. One task finds what is connected: about 200 bytes in memory
    for each record that is related to another.
    """
    options = options_of(text, id, time)
    _check(frame, *(options["text"] or ()), id, time)
    shipped = _Shipped(frame, _bundle(bundle))

    def sign(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        signer = shipped.open(_jiesu.Signer)
        for batch in batches:
            signed = pa.table(signer.sign(batch, **options, n_jobs=1))
            lists = {"keys": pa.list_(pa.int64()), "weights": pa.list_(pa.int32())}
            fields = [f.with_type(lists.get(f.name, f.type)) for f in signed.schema]
            yield from signed.cast(pa.schema(fields)).to_batches()

    def again(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield _again(batch, window_days)

    def buckets(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield _earlier(batch, window_days)

    def heaviest(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield _heaviest(batch, candidates, least_weight)

    def related(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for reader in _reader(batches):
            yield from pa.table(shipped.open(_jiesu.Signer).related(reader, newest=_MOST_POSTED)).to_batches()

    signed = frame.mapInArrow(sign, _SIGNED).persist(StorageLevel.MEMORY_AND_DISK)
    good = signed.where("error is null").sort(F.col("time").asc_nulls_first(), "id").withColumn("row", F.monotonically_increasing_id())
    good = good.persist(StorageLevel.MEMORY_AND_DISK)
    first = good.agg(F.min("time")).collect()[0][0]

    def place(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for reader in _reader(batches):
            yield from _named(pa.table(shipped.open(_jiesu.Signer).merge(reader, window_days=window_days, first=first)))

    # A record without a time came before all others: it leaves the window as if it were of the first time.
    timed = good.withColumn("time", F.coalesce("time", F.lit(first or 0)))
    ids = timed.groupBy("id").agg(F.sort_array(F.collect_list(F.struct("row", "time"))).alias("rows")).where("size(rows) > 1")
    told = ids.mapInArrow(again, "row long, first long").persist(StorageLevel.MEMORY_AND_DISK)
    by_key = timed.join(told, "row", "left_anti").select("row", "time", F.explode(F.arrays_zip("keys", "weights")).alias("k"))
    posted = by_key.groupBy("k.keys").agg(F.sort_array(F.collect_list(F.struct("row", "time", "k.weights"))).alias("rows")).where("size(rows) > 1")
    found = posted.mapInArrow(buckets, "row long, key long, weight int, earlier array<long>")
    lists = found.groupBy("row").agg(*(F.collect_list(c).alias(c) for c in ("key", "weight", "earlier")))
    # A fingerprint goes where a key brings it together with others, once for each such key: far fewer times than it is in a pair.
    asked = lists.mapInArrow(heaviest, "key long, row long, places array<long>, others array<long>")
    asked = asked.groupBy("key", "row").agg(*(F.flatten(F.collect_list(c)).alias(c) for c in ("places", "others")))
    met = asked.join(good.select("row", "signature"), "row").repartition("key").sortWithinPartitions("key", "row")
    likely = met.mapInArrow(related, "row long, place long, other long")
    near = likely.groupBy("row").agg(F.sort_array(F.collect_list(F.struct("place", "other"))).getField("other").alias("near"))
    near = near.persist(StorageLevel.MEMORY_AND_DISK)
    pairs = near.select(F.explode("near").alias("low"), F.col("row").alias("high")).union(told.select("first", "row"))
    # First where they are, then in one task.
    forest = pairs.mapInArrow(_components, "low long, high long").repartition(1).mapInArrow(_components, "low long, high long")
    whole = good.join(near, "row", "left").join(forest.select("low", F.col("high").alias("row")), "row", "left")
    none = F.array().cast("array<long>")
    whole = whole.select("row", "id", "signature", F.coalesce("near", none).alias("near"), F.coalesce("low", "row").alias("component"))
    placed = whole.repartition("component").sortWithinPartitions("row").mapInArrow(place, _PLACED)
    nothing = [F.lit(None).cast(kind).alias(name) for name, kind in (f.strip().split(" ") for f in _PLACED.split(",")[1:-1])]
    return placed.unionByName(signed.where("error is not null").select("id", *nothing, "error"))


def _reader(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatchReader]:
    """The batches of a partition as one stream; none when there are none."""
    rest = iter(batches)
    for batch in rest:
        yield pa.RecordBatchReader.from_batches(batch.schema, chain([batch], rest))


def _again(batch: pa.RecordBatch, window_days: int) -> pa.RecordBatch:
    """Rows whose id is in the window already, each with the row that is."""
    rows, firsts = [], []
    for records in batch.column("rows").to_pylist():
        live = records[0]
        for record in records[1:]:
            if live["time"] >= record["time"] - window_days * 86_400:
                rows.append(record["row"])
                firsts.append(live["row"])
            else:
                live = record
    return pa.RecordBatch.from_arrays([pa.array(rows, pa.int64()), pa.array(firsts, pa.int64())], names=["row", "first"])


def _earlier(batch: pa.RecordBatch, window_days: int) -> pa.RecordBatch:
    """Of each record of each bucket, the newest records of the bucket before it that are still in the window."""
    rows, weights, earlier, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.int64)], [np.zeros(1, np.int64)]
    key = batch.column("keys").to_numpy()
    offsets = batch.column("rows").offsets.to_numpy()
    values, times, weight = (batch.column("rows").values.field(f).to_numpy() for f in ("row", "time", "weights"))
    for start, end in zip(offsets, offsets[1:]):
        members, when = values[start:end], times[start:end]
        n = np.arange(1, len(members))
        counts = np.minimum(n, _MOST_POSTED)
        # Of record i the positions i − count … i − 1.
        starts = np.repeat(n - counts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        before = starts + np.arange(counts.sum())
        owner = np.repeat(np.arange(len(n)), counts)
        live = when[before] >= when[1:][owner] - window_days * 86_400
        rows.append(members[1:])
        weights.append(weight[start:end][1:])
        earlier.append(members[before[live]])
        ends.append(np.bincount(owner[live], minlength=len(n)))
    lists = pa.ListArray.from_arrays(pa.array(np.cumsum(np.concatenate(ends)), pa.int32()), pa.array(np.concatenate(earlier)))
    keys = np.repeat(key, np.diff(offsets) - 1)
    columns = [pa.array(np.concatenate(rows)), pa.array(keys), pa.array(np.concatenate(weights)), lists]
    return pa.RecordBatch.from_arrays(columns, names=["row", "key", "weight", "earlier"])


def _heaviest(batch: pa.RecordBatch, most: int, least_weight: int) -> pa.RecordBatch:
    """Each record with the earlier ones that share most with it, then the newest: the order of the core. They are told under keys that
    both have, the fewest that will do; each of them is told under the key too, with none of its own."""
    none = np.zeros(0, np.int64)
    keys, rows, counts, places, others = [none], [none], [np.zeros(1, np.int64)], [none], [none]
    for row, under, weights, lists in zip(*(batch.column(c) for c in ("row", "key", "weight", "earlier"))):
        # Not lists.values.values: that would be of the whole batch.
        inside = lists.values.flatten().to_numpy()
        key = np.repeat(np.arange(len(under)), np.diff(lists.values.offsets.to_numpy()))
        record, where = np.unique(inside, return_inverse=True)
        weight = np.bincount(where, weights=weights.values.to_numpy()[key])
        order = np.lexsort((-record, -weight))[:most]
        order = order[weight[order] >= least_weight]
        place = np.full(len(record), len(record))
        place[order] = np.arange(len(order))
        place, key = place[where], key[place[where] < len(record)]
        place = place[place < len(record)]
        widest = np.bincount(key, minlength=len(under))
        best = np.lexsort((key, widest[key], place))
        best = best[np.flatnonzero(np.diff(place[best], append=-1))]
        # One for each place, now key by key.
        best = best[np.argsort(key[best], kind="stable")]
        other, told = record[order[place[best]]], under.values.to_numpy()[key[best]]
        first = np.flatnonzero(np.diff(key[best], prepend=-1))
        keys += [told[first], told]
        rows += [np.full(len(first), row.as_py()), other]
        counts += [np.diff(first, append=len(best)), np.zeros(len(best), np.int64)]
        places.append(place[best])
        others.append(other)
    offsets = pa.array(np.cumsum(np.concatenate(counts)), pa.int32())
    asked = [pa.ListArray.from_arrays(offsets, pa.array(np.concatenate(c))) for c in (places, others)]
    return pa.RecordBatch.from_arrays([*(pa.array(np.concatenate(c)) for c in (keys, rows)), *asked], names=["key", "row", "places", "others"])


def _components(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Of pairs ``low``, ``high``: each row that is in one, with the lowest row it is connected with. The pairs read so far are kept as a
    forest, which has no more pairs than rows."""
    forest, held, pairs = (np.zeros(0, np.int64), np.zeros(0, np.int64)), [], 0
    for batch in batches:
        held.append((batch.column(0).to_numpy(), batch.column(1).to_numpy()))
        pairs += batch.num_rows
        if pairs > max(len(forest[0]) // 4, 1_000_000):
            forest, held, pairs = _forest([forest, *held]), [], 0
    yield pa.RecordBatch.from_arrays([pa.array(c) for c in _forest([forest, *held])], names=["low", "high"])


def _forest(pairs: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    lows, highs = (np.concatenate([p[side] for p in pairs]) for side in (0, 1))
    rows, ends = np.unique(np.concatenate([lows, highs]), return_inverse=True)
    root = np.arange(len(rows))
    while True:
        # Roots that meet: the higher hangs under the lower, then every row under its root.
        one, other = root[ends[: len(lows)]], root[ends[len(lows) :]]
        apart = one != other
        if not apart.any():
            return rows[root], rows
        np.minimum.at(root, np.maximum(one, other)[apart], np.minimum(one, other)[apart])
        while (root[root] != root).any():
            root = root[root]


def _named(placed: pa.Table) -> Iterator[pa.RecordBatch]:
    """Incidents named by their first record."""
    first: dict[str, str] = {}
    names = [first.setdefault(incident, id) for incident, id in zip(placed["incident"].to_pylist(), placed["id"].to_pylist())]
    placed = placed.set_column(placed.column_names.index("incident"), "incident", pa.array(names, pa.string()))
    yield from placed.to_batches()
