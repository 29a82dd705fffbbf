"""Spark: the same answers as one machine. ``python tests/test_spark.py ROWS`` prints speed and cost (``make test-spark``)."""

import json
import os
import pathlib
import sys
import time

import pytest

import jiesu

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyspark")

MODELS = pathlib.Path(__file__).parents[2] / "models"
YEAR = 23_000_000


def session():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    settings = {
        "spark.sql.shuffle.partitions": "4", "spark.sql.adaptive.enabled": "false", "spark.driver.memory": "4g", "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def orders(rows):
    """The corpus and the samples, again and again with new ids, over the days of a year."""
    texts = []
    for name in ("corpus", "samples"):
        texts += [json.loads(line)["text"] for line in (MODELS / name / "requests.jsonl").read_text("utf-8").splitlines()]
    out = []
    for n in range(rows):
        # A copy half a year after the one before it: outside the window, as a new matter would be.
        day = (n // len(texts) * 180 + n % 80) % 3650
        at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(1_600_000_000 + day * 86_400 + n % 86_399))
        out.append({"id": f"r{n:07}", "text": texts[n % len(texts)], "received_at": at})
    return sorted(out, key=lambda r: (r["received_at"], r["id"]))


@pytest.fixture(scope="module")
def spark():
    spark = session()
    yield spark
    spark.stop()


@pytest.fixture(scope="module")
def rows():
    rows = orders(5000)
    rows[7]["text"] = " "
    return rows


@pytest.fixture(scope="module")
def frame(spark, rows):
    return spark.createDataFrame(rows, "id string, text string, received_at string").repartition(4).cache()


def test_analyze(frame, rows):
    from jiesu import spark as js

    got = {r["id"]: r for r in js.analyze(frame, json=True).select("id", "json", "unit", "error").collect()}
    want = jiesu.Engine().analyze(pa.Table.from_pylist(rows), json=True).select(["json", "unit", "error"]).to_pylist()
    assert len(got) == len(rows)
    assert all(got[r["id"]]["json"] == w["json"] and got[r["id"]]["unit"] == w["unit"] for r, w in zip(rows, want))
    assert [i for i, r in got.items() if r["error"]] == [rows[7]["id"]]
    with pytest.raises(KeyError, match="no column `body`"):
        js.analyze(frame, text="body")
    with pytest.raises(ValueError, match="rename"):
        js.analyze(frame.withColumnRenamed("received_at", "unit"), keep=["unit"])


def test_predict(frame, rows, model):
    from jiesu import spark as js

    got = {r["id"]: r for r in js.predict(frame, model, top=2).collect()}
    want = model.predict_table(pa.Table.from_pylist(rows), top=2).to_pylist()
    assert all(got[r["id"]].asDict() == {"id": r["id"], **w} for r, w in zip(rows, want))


def one_machine(rows, candidates):
    """What one machine says: of each id the first record of its incident, the relation and p."""
    first = {}
    want = jiesu.IncidentIndex(candidates=candidates).merge(rows).to_pylist()
    return {w["id"]: (first.setdefault(w["incident"], w["id"]), w["relation"], w["p"]) for w in want}


def same_incidents(got, want, wide):
    """Whether each record is put where one machine puts it. A component holds fewer rivals of a record than one machine, which compares
    the heaviest 50 only: what it passed over for that, it finds when it compares more (``wide``)."""
    place = {i: (g["incident"], g["relation"]) for i, g in got.items()}
    return all(place[i] in (want[i][:2], wide[i][:2]) for i in want)


def test_merge(frame, rows):
    from jiesu import spark as js

    good = pa.Table.from_pylist([r for r in rows if r["text"].strip()])
    got = {r["id"]: r for r in js.merge(frame).collect() if r["id"]}
    want, wide = one_machine(good, 50), one_machine(good, 100)
    assert len(got) == len(good) and same_incidents(got, want, wide)
    assert sum((got[i]["incident"], got[i]["relation"]) != w[:2] for i, w in want.items()) <= 1
    assert sum(w[1] != "new" for w in want.values()) > 100
    # At the edge of the candidates a neighbour more or less may be seen: then the p of a new incident is another.
    other = [i for i, w in want.items() if all(abs(got[i]["p"] - p) > 1e-9 for p in (w[2], wide[i][2]))]
    assert len(other) <= len(want) // 500


def test_hotspots(spark):
    from jiesu import spark as js

    days = [f"2026-{m:02}-{d:02}" for m in (1, 2) for d in range(1, 29)]
    rows = [(d, f"11010500{a}", "0401") for d in days for a in (1, 2, 3)] + [(days[-1], "110105002", "0401")] * 25
    events = [{"id": f"{n:05}", "time": d, "area": a, "topic": t} for n, (d, a, t) in enumerate(rows)]
    got = js.hotspots(spark.createDataFrame(events).repartition(3), days[-1]).collect()
    want = jiesu.HotspotDetector().detect(pa.Table.from_pylist(events), days[-1])
    assert [r.asDict() for r in got] == [a.to_dict() for a in want] and want
    with pytest.raises(KeyError, match="no column `place`"):
        js.hotspots(spark.createDataFrame(events), days[-1], area="place")


def core_seconds():
    """Processor time of Spark and its workers so far: all that descends from this process."""
    parent, used = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parent[int(entry.name)] = int(fields[1])
            used[int(entry.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    ours = {os.getpid()}
    while True:
        more = {pid for pid, above in parent.items() if above in ours} - ours
        if not more:
            return sum(used[pid] for pid in ours)
        ours |= more


def main(n):
    """Prints speed, the same answers, and what a year costs."""
    from jiesu import spark as js

    spark, table = session(), orders(n)
    frame = spark.createDataFrame(table, "id string, text string, received_at string").repartition(8).cache()
    print(f"{frame.count()} rows, local[2]", flush=True)
    arrow = pa.Table.from_pylist(table)
    model = jiesu.train(arrow.slice(0, 4000).append_column("label", pa.array([str(len(r["text"]) % 5) for r in table[:4000]])))

    def timed(name, work):
        started, used = time.monotonic(), core_seconds()
        out = work()
        took, used = time.monotonic() - started, core_seconds() - used
        print(f"{name:9} {n / took:7.0f} rows/s on this machine  {n / used:7.0f} rows/s a core  a year of {YEAR}: {YEAR * used / n / 3600:6.1f} core-hours", flush=True)
        return out

    timed("warm-up", lambda: js.analyze(frame).select("unit").agg({"unit": "max"}).collect())
    got = timed("analyze", lambda: {r[0]: r[1] for r in js.analyze(frame, json=True).select("id", "json").collect()})
    want = jiesu.Engine().analyze(arrow, json=True)["json"].to_pylist()
    assert [got[r["id"]] for r in table] == want, "analyze differs from one machine"
    got = timed("predict", lambda: {r[0]: r[1] for r in js.predict(frame, model).select("id", "label").collect()})
    assert [got[r["id"]] for r in table] == model.predict(arrow).tolist(), "predict differs from one machine"
    got = timed("merge", lambda: {r["id"]: r for r in js.merge(frame).select("id", "incident", "relation").collect()})
    assert same_incidents(got, one_machine(arrow, 50), one_machine(arrow, 100)), "merge differs from one machine"
    print(f"the same answers as one machine; {len({r['incident'] for r in got.values()})} incidents")
    spark.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
