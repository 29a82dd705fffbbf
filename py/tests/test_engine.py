"""Engine: texts, records, tables, and what bad input does. Nothing here depends on what a bundle has learned."""

import json
import pathlib
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import jiesu

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

GOLDEN = pathlib.Path(__file__).parents[2] / "tests" / "golden"


@pytest.fixture(scope="module")
def engine():
    return jiesu.Engine()


def test_a_text_a_record_a_list(engine):
    answer = engine.analyze("小区停水两天")
    assert isinstance(answer, dict) and answer.id == answer["id"] == "1"
    assert json.loads(answer.to_json()) == answer.to_dict() == answer
    assert engine.analyze({"id": 7, "title": "停水", "detail": "两天了"}).id == "7"
    assert [a.id for a in engine.analyze(["停水", {"text": "停电", "id": "x"}])] == ["1", "x"]
    assert engine.analyze([]) == []
    assert pickle.loads(pickle.dumps(answer)).to_json() == answer.to_json()
    assert pickle.loads(pickle.dumps(engine)).to_json("停水") == engine.to_json("停水")


def test_pandas_keeps_index_and_nulls(engine):
    frame = pd.DataFrame({"content": ["停水两天", None, float("nan"), " ", "路灯坏"]}, index=list("abcde"))
    out = engine.analyze(frame, text="content", json=True)
    assert list(out.index) == list("abcde")
    assert out["type"].isna().tolist() == out["json"].isna().tolist() == [False, True, True, True, False]
    assert out["error"].notna().tolist() == [False, True, True, True, False]
    assert json.loads(out["json"].iloc[0])["type"]["label"] == out["type"].iloc[0]


def test_every_library_gets_its_own_table(engine):
    texts = {"text": ["停水", "停电", None]}
    assert isinstance(engine.analyze(pl.DataFrame(texts)), pl.DataFrame)
    assert engine.analyze(pl.LazyFrame(texts)).height == 3
    assert engine.analyze(pl.Series(texts["text"])).height == 3
    assert isinstance(engine.analyze(pa.table(texts)), pa.Table)
    assert engine.analyze(pa.table({"text": pa.array(texts["text"]).dictionary_encode()})).num_rows == 3
    assert engine.analyze(pd.Series(texts["text"], index=[3, 2, 1])).index.tolist() == [3, 2, 1]
    assert engine.analyze(pd.DataFrame({"text": pd.Series([], dtype=str)})).shape[0] == 0

    class Foreign:
        def __arrow_c_stream__(self, requested_schema=None):
            return pa.table(texts).__arrow_c_stream__(requested_schema)

    out = engine.analyze(Foreign())
    assert isinstance(out, jiesu.Table) and len(out) == 3 and "type" in out.columns
    assert out.to_arrow().num_rows == out.to_polars().height == len(out.to_pandas()) == 3


def test_streams_batch_by_batch(engine):
    table = pa.table({"text": ["停水"] * 10})
    reader = engine.stream(pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=3))).to_arrow()
    assert [b.num_rows for b in reader] == [3, 3, 3, 1]


@pytest.mark.parametrize("bad", [None, float("nan"), b"bytes", 7, [None], {"text": object()}, {7: "x"}])
def test_a_wrong_type_is_a_type_error(engine, bad):
    with pytest.raises(TypeError) as e:
        engine.analyze(bad)
    assert isinstance(e.value, jiesu.JiesuError) and e.value.code == "input.type"


def test_other_bad_input(engine):
    with pytest.raises(ValueError):
        engine.analyze("")
    with pytest.raises(KeyError, match="body"):
        engine.analyze({"body": "x"})
    frame = pd.DataFrame({"content": ["x"], "n": [1]})
    with pytest.raises(jiesu.FieldError, match="content, n"):
        engine.analyze(frame, text="contents")
    with pytest.raises(jiesu.FieldError):
        engine.analyze(frame)
    with pytest.raises(jiesu.InputTypeError, match="Int64"):
        engine.analyze(frame, text="n")
    with pytest.raises(jiesu.InputTypeError, match="Binary"):
        engine.analyze(pd.DataFrame({"text": [b"x"]}))
    with pytest.raises(jiesu.InputTypeError, match="several types"):
        engine.analyze(pd.DataFrame({"text": ["x", 7]}))
    for broken in ("停\ud800水", {"text": "停\ud800水"}, pd.DataFrame({"text": ["停\ud800水"]}, dtype=object)):
        with pytest.raises(jiesu.InputError, match="surrogate"):
            engine.analyze(broken)
    empty = engine.analyze(pd.DataFrame({"content": []}, dtype=str), text="content")
    assert empty.shape[0] == 0 and "unit" in empty.columns
    with pytest.raises(jiesu.FieldError):
        engine.analyze(pd.DataFrame())
    with pytest.raises(ValueError):
        engine.analyze(["a", "b"], n_jobs=0)


def test_bad_bundles():
    with pytest.raises(OSError):
        jiesu.Engine("/no/such/file")
    with pytest.raises(jiesu.BundleError):
        jiesu.Engine(b"junk")
    with pytest.raises(TypeError):
        jiesu.Engine(3)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A city's past orders, and a catalogue whose every rule about water names another unit."""
    where = tmp_path_factory.mktemp("city")
    golden = [json.loads(line) for line in (GOLDEN / "requests.jsonl").read_text("utf-8").splitlines()]
    past = [{"id": f"p{n}-{k}", "text": r["text"], "received_at": f"2025-12-{n % 28 + 1:02}", "unit": "市体育局", "status": "已办结"} for n, r in enumerate(golden) if "text" in r for k in range(3)]
    (where / "past.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in past), "utf-8")
    subprocess.run([sys.executable, "-m", "jiesu", "history", "build", "--input", where / "past.jsonl", "-o", where / "history"], check=True)
    rules = (GOLDEN.parents[1] / "models" / "catalogue" / "beijing.csv").read_text("utf-8")
    assert ",自来水集团,水务局," in rules
    (where / "ours.csv").write_text(rules.replace(",自来水集团,水务局,", ",自来水集团,体育局,"), "utf-8")
    return where


@pytest.mark.parametrize("parts", [(), ("history",), ("catalogue",), ("history", "catalogue")])
def test_history_and_catalogue_are_fused_as_on_the_command_line(city, parts):
    options = {"history": {"history": city / "history"}, "catalogue": {"catalogue": str(city / "ours.csv")}}
    fused = jiesu.Engine(**{k: v for p in parts for k, v in options[p].items()})
    flags = [x for p in parts for x in (f"--{p}", options[p][p])]
    told = [sys.executable, "-m", "jiesu", "analyze", "--input", GOLDEN / "requests.jsonl", *flags, "--output", city / "out.jsonl"]
    subprocess.run(told, check=True)
    rows = [json.loads(line) for line in (GOLDEN / "requests.jsonl").read_text("utf-8").splitlines()]
    answers = fused.to_json(rows)
    assert answers == (city / "out.jsonl").read_text("utf-8").splitlines()
    assert (answers == (GOLDEN / "expected.jsonl").read_text("utf-8").splitlines()) == (not parts)
    assert pickle.loads(pickle.dumps(fused)).to_json(rows[:9]) == answers[:9]
    table = fused.analyze(pa.Table.from_pylist([{"id": r["id"], "text": r["text"]} for r in rows if "text" in r]))
    assert table.num_rows > 50 and table["error"].null_count == table.num_rows


def test_a_history_or_catalogue_that_is_none(city):
    for bad, kind in (
        ({"history": "/no/such"}, jiesu.FileError),
        ({"catalogue": "/no/such.csv"}, jiesu.FileError),
        ({"catalogue": city / "past.jsonl"}, jiesu.InputError),
        ({"history": 3}, jiesu.InputTypeError),
        ({"catalogue": b"x"}, jiesu.InputTypeError),
    ):
        with pytest.raises(kind):
            jiesu.Engine(**bad)
    (city / "bad").mkdir()
    (city / "bad" / "history.jiesu").write_bytes(b"junk")
    with pytest.raises(jiesu.InputError, match="history index"):
        jiesu.Engine(history=city / "bad")


def test_threads_agree(engine):
    texts = [f"第{i}号楼停水" for i in range(200)]
    expected = engine.to_json(texts, n_jobs=1)
    with ThreadPoolExecutor(8) as pool:
        assert all(got == expected for got in pool.map(lambda n: engine.to_json(texts, n_jobs=n), [1, 2, None, 1, 2, 3, None, 1]))


def test_eight_threads_share_everything(engine, model, corpus):
    """Whatever is immutable gives every thread what one thread gets, from texts, tables and streams at once."""
    texts = [r["text"] for r in corpus[:120]]
    table, gazetteer, index = pa.table({"text": texts}), jiesu.Gazetteer(), jiesu.IncidentIndex()
    index.insert([{"id": str(n), "text": t} for n, t in enumerate(texts)])

    def work(n_jobs):
        reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=17))
        return (
            engine.to_json(texts, n_jobs=n_jobs),
            engine.analyze(table, n_jobs=n_jobs).to_pylist(),
            engine.stream(reader, n_jobs=n_jobs).to_arrow().read_all().to_pylist(),
            model.predict_proba(texts).tolist(),
            model.predict_table(table).to_pylist(),
            gazetteer.resolve(texts, n_jobs=n_jobs),
            index.query([{"id": str(n), "text": t} for n, t in enumerate(texts)], n_jobs=n_jobs),
        )

    expected = work(1)
    with ThreadPoolExecutor(8) as pool:
        assert all(got == expected for got in pool.map(work, [1, 2, None, 1, 2, 3, None, 1] * 3))
