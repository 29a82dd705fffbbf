"""The durable index: what a call returned is there after a crash, one index at a time has the folder, damage is told and mended."""

import copy
import glob
import json
import os
import pickle
import subprocess
import sys
import threading

import pytest

import jiesu

WATER = ["望京花园三号楼昨晚起停水，物业电话没人接", "望京花园三号楼从昨晚就没水了，物业电话打不通", "望京花园3号楼停水一天了，物业不接电话"]


def order(n):
    return {"id": f"w{n}", "text": WATER[n % 3], "received_at": f"2026-01-05 {n % 24:02}:00"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "incidents"


def test_a_folder_goes_on_where_it_was_left(path):
    with jiesu.IncidentIndex(path=path) as index:
        first = index.insert([order(0), order(1)])
        index.close(first[0].incident, "已办结")
        assert index.path == str(path) and index.query(order(2)).incident == first[0].incident
    with jiesu.IncidentIndex(path=str(path)) as index:
        assert index.incidents() == [first[0].incident] and index.members(first[0].incident) == ["w0", "w1"]
        assert index.status(first[0].incident) == "已办结"
        other = index.reject("w1")
        assert index.undo() and index.insert(order(2)).incident == first[0].incident
        figures = index.statistics()
    memory = jiesu.IncidentIndex()
    memory.insert([order(0), order(1)])
    memory.close(first[0].incident, "已办结")
    assert memory.reject("w1") == other and memory.undo() and memory.insert(order(2)).incident == first[0].incident
    assert {k: figures[k] for k in memory.statistics()} == memory.statistics() and figures["segments"] == 1 and figures["bytes"] > 0


def test_the_command_line_and_python_share_a_folder(path, tmp_path, samples):
    pa = pytest.importorskip("pyarrow")
    rows = [{**r, "received_at": f"2026-01-{n % 28 + 1:02}"} for n, r in enumerate(samples[:200])]
    rows = [{k: r[k] for k in ("id", "text", "received_at")} for r in rows]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    with jiesu.IncidentIndex(path=path) as index:
        filed = index.merge(pa.Table.from_pylist(rows)).to_pylist()
        figures = index.statistics()
    told = subprocess.run([sys.executable, "-m", "jiesu", "index", "status", path], capture_output=True, text=True, check=True).stdout
    assert {k: json.loads(told)[k] for k in ("records", "incidents", "events")} == {k: figures[k] for k in ("records", "incidents", "events")}
    other = [sys.executable, "-m", "jiesu", "merge", "--input", tmp_path / "in.jsonl", "--index", tmp_path / "other", "--output", tmp_path / "out.jsonl"]
    subprocess.run(other, check=True)
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [(r["id"], r["incident"], r["relation"]) for r in lines] == [(r["id"], r["incident"], r["relation"]) for r in filed]


def test_a_crash_loses_nothing_that_was_returned(path):
    """A process that files, says so, and is killed in the middle of more."""
    code = f"""
import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})
import jiesu, test_store
index = jiesu.IncidentIndex(path={str(path)!r})
for n in range(10_000):
    print(index.insert(test_store.order(n)).id, flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    told = [child.stdout.readline().strip() for _ in range(40)]
    child.kill()
    told += child.stdout.read().split("\n")[:-1]
    child.wait()
    with jiesu.IncidentIndex(path=path) as index:
        assert len(told) >= 40 and all(index.placement(r) is not None for r in told)
        # At most the call that was under way is there besides.
        assert len(told) <= len(index) <= len(told) + 1


def test_an_index_that_is_dropped_lets_go(path):
    index = jiesu.IncidentIndex(path=path)
    index.insert(order(0))
    with pytest.raises(OSError, match="open already") as e:
        jiesu.IncidentIndex(path=path)
    assert isinstance(e.value, jiesu.StoreError) and e.value.code == "incident.store_locked"
    del index
    assert len(jiesu.IncidentIndex(path=path)) == 1


def test_a_released_index_says_so(path):
    with pytest.raises(RuntimeError, match="boom"), jiesu.IncidentIndex(path=path) as index:
        index.insert(order(0))
        raise RuntimeError("boom")
    for call in (lambda: index.insert(order(1)), lambda: index.incidents(), lambda: index.statistics(), lambda: index.evict("2026-01-01"), lambda: index.undo(1)):
        with pytest.raises(ValueError, match="released") as e:
            call()
        assert isinstance(e.value, jiesu.JiesuError) and e.value.code == "incident.released"
    index.release()
    assert len(jiesu.IncidentIndex(path=path)) == 1


def test_an_index_is_neither_pickled_nor_copied(path):
    for index in (jiesu.IncidentIndex(), jiesu.IncidentIndex(path=path)):
        for work in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="neither pickled nor copied") as e:
                work(index)
            assert isinstance(e.value, jiesu.JiesuError)


def test_damage_is_told_and_mended(path):
    with jiesu.IncidentIndex(path=path) as index:
        for n in range(20):
            index.insert(order(n))
    [log] = glob.glob(f"{path}/events-*.log")
    with open(log, "r+b") as f:
        f.seek(os.path.getsize(log) // 2)
        byte = f.read(1)
        f.seek(-1, os.SEEK_CUR)
        f.write(bytes([byte[0] ^ 0xFF]))
    with pytest.raises(jiesu.StoreError, match="repair") as e:
        jiesu.IncidentIndex(path=path)
    assert e.value.code == "incident.store_damaged"
    told = jiesu.IncidentIndex.repair(path)
    assert told["lost"] >= 1 and told["kept"] + told["lost"] >= 20
    with jiesu.IncidentIndex(path=path) as index:
        assert 0 < len(index) < 20
        index.insert(order(30))


def test_bad_folders(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError) as e:
        jiesu.IncidentIndex(path=tmp_path / "file")
    assert isinstance(e.value, jiesu.FileError) and e.value.code == "incident.store_io"
    for bad in (3, b"x", ["x"]):
        with pytest.raises(TypeError):
            jiesu.IncidentIndex(path=bad)
    with pytest.raises(jiesu.FileError):
        jiesu.IncidentIndex.repair(tmp_path / "nowhere")


def test_eight_threads_file_in_one_folder_while_the_interpreter_runs(path):
    errors = []
    with jiesu.IncidentIndex(path=path) as index:

        def work(n):
            try:
                for i in range(12):
                    place = index.insert({"id": f"{n}-{i}", "text": f"{WATER[i % 3]}，第{n}户"})
                    index.undo(index.close(place.incident, "办结"))
            except Exception as e:  # noqa: BLE001
                errors.append(e)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        state = [(i, index.members(i)) for i in index.incidents()]
        assert not errors and len(index) == 96
    with jiesu.IncidentIndex(path=path) as index:
        assert [(i, index.members(i)) for i in index.incidents()] == state
