"""Engine: texts, records, tables, and what bad input does. Nothing here depends on what a bundle has learned."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

import jiesu

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")


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


@pytest.mark.parametrize("bad", [None, float("nan"), b"bytes", 7, [None], {"text": object()}])
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
    with pytest.raises(ValueError):
        engine.analyze(["a", "b"], n_jobs=0)


def test_bad_bundles():
    with pytest.raises(OSError):
        jiesu.Engine("/no/such/file")
    with pytest.raises(jiesu.BundleError):
        jiesu.Engine(b"junk")
    with pytest.raises(TypeError):
        jiesu.Engine(3)


def test_threads_agree(engine):
    texts = [f"第{i}号楼停水" for i in range(200)]
    expected = engine.to_json(texts, n_jobs=1)
    with ThreadPoolExecutor(8) as pool:
        assert all(got == expected for got in pool.map(lambda n: engine.to_json(texts, n_jobs=n), [1, 2, None, 1, 2, 3, None, 1]))
