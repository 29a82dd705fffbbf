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


def one_machine(rows, **options):
    """What one machine says of each row, incidents by the id of their first record."""
    first = {}
    want = jiesu.IncidentIndex(**options).merge(pa.Table.from_pylist(rows)).to_pylist()
    return [{**w, "incident": first.setdefault(w["incident"], w["id"])} for w in want]


def in_order(answers):
    """Answers without an order of their own, all columns of them."""
    return sorted((a if isinstance(a, dict) else a.asDict() for a in answers), key=lambda a: sorted(map(str, a.items())))


def test_merge(frame, rows):
    from jiesu import spark as js

    want = one_machine([r for r in rows if r["text"].strip()])
    assert in_order(js.merge(frame).where("error is null").collect()) == in_order(want)
    assert sum(w["relation"] != "new" for w in want) > 100


def test_merge_of_what_has_no_time_or_comes_again(spark, rows):
    from jiesu import spark as js

    some = [dict(r) for r in rows if r["text"].strip()][:1500]
    for n, record in enumerate(some):
        if n % 50 == 7:
            record["received_at"] = None
        elif n % 9 == 4:
            # Within the window and after it.
            record["id"] = some[n // 2 if n % 2 else n - 3]["id"]
    assert len({r["id"] for r in some}) < len(some)
    # Of three of one matter the first leaves the window before the third comes: the first time of all is another record's.
    matter = [{"id": str(day), "text": "望京花园三号楼昨晚起停水", "received_at": day} for day in (None, "2020-09-23", "2020-10-08")]
    for records in (some, [{"id": "first", "text": "密云区溪翁庄镇的公交车一个小时才来一趟", "received_at": "2020-09-13"}, *matter]):
        records.sort(key=lambda r: (r["received_at"] is not None, r["received_at"], r["id"]))
        frame = spark.createDataFrame(records, "id string, text string, received_at string").repartition(3)
        want = one_machine(records, window_days=20, candidates=20)
        assert in_order(js.merge(frame, window_days=20, candidates=20).collect()) == in_order(want)
        assert any(w["relation"] != "new" for w in want)


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
    got = timed("merge", lambda: js.merge(frame).collect())
    want = one_machine(table)
    assert in_order(got) == in_order(want), "merge differs from one machine"
    print(f"the same answers as one machine; {len({w['incident'] for w in want})} incidents")
    spark.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
