"""What must stay small: import time, memory over many loads, what a plain environment needs; and what a table without pyarrow says."""

import os
import resource
import subprocess
import sys
import time

import pytest

import jiesu

pa = pytest.importorskip("pyarrow")


def python(code, **env):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **env}, timeout=120)


def test_import_is_quick_and_pulls_in_nothing():
    code = (
        "import sys, time; t = time.perf_counter(); import jiesu; took = time.perf_counter() - t; "
        "heavy = {'numpy', 'pandas', 'pyarrow', 'polars', 'sklearn', 'matplotlib', 'pyspark'} & set(sys.modules); print(took, *heavy)"
    )
    runs = [python(code).stdout.split() for _ in range(3)]
    assert all(len(r) == 1 for r in runs), runs
    # The bar is 150 ms on an idle machine; a busy one gets some slack.
    assert min(float(r[0]) for r in runs) < 0.3


def test_a_plain_environment_analyses():
    hide = "import sys; [sys.modules.__setitem__(m, None) for m in ('numpy', 'pandas', 'pyarrow', 'polars', 'sklearn')]; import jiesu; "
    good = python(hide + "print(jiesu.Engine().analyze(['停水', '停电'])[0].type['label'], jiesu.Gazetteer().resolve('朝阳区').area['code'])")
    assert good.returncode == 0 and "110105" in good.stdout, good.stderr
    index = python(hide + "i = jiesu.IncidentIndex(); print(i.insert({'id': 'a', 'text': '停水'}).relation)")
    assert index.stdout.strip() == "new", index.stderr
    no_numpy = python(hide + "jiesu.TopicClassifier().fit(['a'], ['b'])")
    assert "DependencyError" in no_numpy.stderr and "pip install numpy" in no_numpy.stderr


def test_pandas_without_pyarrow_says_what_to_install():
    code = """
import sys; sys.modules["pyarrow"] = None
import pandas, jiesu
try:
    jiesu.Engine().analyze(pandas.DataFrame({"text": ["停水"]}))
except ImportError as e:
    assert isinstance(e, jiesu.JiesuError) and e.code == "dependency"
    print(e)
"""
    done = python(code)
    assert "pip install pyarrow" in done.stdout, done.stderr


def test_no_leak_over_many_loads():
    engine = jiesu.read_bundle()

    def load(n):
        for _ in range(n):
            jiesu.Engine(engine).analyze("停水")
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * resource.getpagesize()

    load(5)
    before = load(int(os.environ.get("JIESU_LOADS", 12)))
    after = load(int(os.environ.get("JIESU_LOADS", 12)))
    # One engine takes some tens of megabytes: a leak would show.
    assert after - before < 30e6, (before, after)


def test_a_stream_larger_than_memory_stays_small():
    engine = jiesu.Engine()
    schema = pa.schema([("id", pa.string()), ("text", pa.string())])
    made = 0

    def batches():
        nonlocal made
        for n in range(6):
            made += 1
            yield pa.record_batch({"id": [f"{n}-{i}" for i in range(200)], "text": ["望京花园三号楼停水"] * 200}, schema=schema)

    reader = engine.stream(pa.RecordBatchReader.from_batches(schema, batches())).to_arrow()
    assert made <= 1
    assert reader.read_next_batch().num_rows == 200 and made <= 2
    assert sum(b.num_rows for b in reader) == 1000 and made == 6


def test_progress(capsys, monkeypatch):
    table = pa.table({"text": ["停水"] * 5000})
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    jiesu.Engine().analyze(table, progress=True)
    assert "5000/5000 100%" in capsys.readouterr().err
    monkeypatch.undo()
    pytest.importorskip("tqdm")
    jiesu.Engine().analyze(table, progress=True)
    assert "5000" in capsys.readouterr().err


def test_ctrl_c_and_time_are_not_held():
    """The interpreter runs on while a table is analysed."""
    import threading

    ticks, stop = 0, False

    def tick():
        nonlocal ticks
        while not stop:
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    jiesu.Engine().analyze(pa.table({"text": ["望京花园三号楼停水"] * 3000}), n_jobs=1)
    stop = True
    thread.join()
    assert ticks > 5
