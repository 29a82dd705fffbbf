"""What must stay small: import time, memory over many loads, what a plain environment needs; and what a table without pyarrow says."""

import os
import resource
import shutil
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
    runs = [python(code).stdout.split() for _ in range(7)]
    assert all(len(r) == 1 for r in runs), runs
    # The best of some runs: the machine may be busy.
    assert min(float(r[0]) for r in runs) < 0.15, runs


def test_a_plain_environment_analyses():
    hide = "import sys; [sys.modules.__setitem__(m, None) for m in ('numpy', 'pandas', 'pyarrow', 'polars', 'sklearn')]; import jiesu; "
    good = python(hide + "print(jiesu.Engine().analyze(['停水', '停电'])[0].type['label'], jiesu.Gazetteer().resolve('朝阳区').area['code'])")
    assert good.returncode == 0 and "110105" in good.stdout, good.stderr
    index = python(hide + "i = jiesu.IncidentIndex(); print(i.insert({'id': 'a', 'text': '停水'}).relation)")
    assert index.stdout.strip() == "new", index.stderr
    no_numpy = python(hide + "jiesu.TopicClassifier().fit(['a'], ['b'])")
    assert "DependencyError" in no_numpy.stderr and "pip install numpy" in no_numpy.stderr


def test_the_command_line_is_the_same_and_opens_the_bundle_of_the_package(tmp_path):
    run = [sys.executable, "-m", "jiesu"]
    helped = subprocess.run([*run, "--help"], capture_output=True, text=True)
    assert helped.returncode == 0 and all(c in helped.stdout for c in ("analyze", "train", "index", "hotspots"))
    asked = subprocess.run([*run, "assist", "--json"], input="小区停水两天了\n", capture_output=True, text=True)
    assert asked.stdout.strip() == jiesu.Engine().to_json("小区停水两天了"), asked.stderr
    assert subprocess.run([*run, "analyze"], capture_output=True).returncode == 2
    # A package of its own, whose bundle is none: nothing else on the machine is taken for it.
    package = tmp_path / "jiesu"
    shutil.copytree(os.path.dirname(jiesu.__file__), package)
    (package / "beijing.jiesu").write_bytes(b"junk")
    asked = subprocess.run([*run, "assist"], input="停水\n", capture_output=True, text=True, cwd=tmp_path)
    assert asked.returncode == 2 and "bundle" in asked.stderr, asked


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


def resident():
    """Bytes of memory this process holds now."""
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("loads", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_no_leak_over_many_loads(loads):
    bundle = jiesu.read_bundle()

    def load(n):
        for _ in range(n):
            jiesu.Engine(bundle).analyze("停水")
        return resident()

    before = load(15)
    after = load(loads)
    # One engine takes some tens of megabytes: 100 leaked ones would take gigabytes, and a string of 100 KB a load shows in 1,000.
    assert after - before < 30e6, (before, after)


@pytest.mark.slow
def test_memory_does_not_grow_with_a_stream():
    """300,000 rows of texts that differ, a hundred megabytes of them, never held."""
    engine, seen = jiesu.Engine(), []
    schema = pa.schema([("id", pa.string()), ("text", pa.string())])

    def batches():
        for n in range(150):
            texts = [f"望京花园{n}号楼{k}单元昨晚起停水，物业电话没人接，家里老人没法做饭，请尽快处理。" * 3 for k in range(2000)]
            yield pa.record_batch({"id": [f"{n}-{k}" for k in range(2000)], "text": texts}, schema=schema)

    rows = 0
    for batch in engine.stream(pa.RecordBatchReader.from_batches(schema, batches())).to_arrow():
        rows += batch.num_rows
        seen.append(resident())
    assert rows == 300_000 and max(seen) - seen[10] < 40e6, (seen[0], seen[10], max(seen))


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
