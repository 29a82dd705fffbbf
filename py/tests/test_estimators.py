"""Classifiers: scikit-learn's conventions, conformal sets, abstention, tables, errors."""

import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import jiesu

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
sklearn = pytest.importorskip("sklearn")

# A few texts, many times: quick to learn from.
TEXTS = [f"{a}{b}" for a in ("公司拖欠工资", "路灯不亮", "楼上漏水", "噪音扰民") for b in ("三天了", "没人管", "请处理", "怎么办", "很着急", "第二次")] * 4
LABELS = [l for l in ("欠薪", "路灯", "漏水", "噪音") for _ in range(6)] * 4


def small(**params):
    return jiesu.TopicClassifier(n_jobs=1, **params)


def test_learns_the_corpus(model, split):
    _, _, texts, domains = split
    p = model.predict_proba(texts)
    assert p.shape == (len(texts), 19) and np.allclose(p.sum(1), 1)
    assert (model.classes_[p.argmax(1)] == model.predict(texts)).all()
    assert model.score(texts, domains) == np.mean(model.predict(texts) == np.array(domains)) > 0.7
    figures = model.evaluate(texts, domains)
    assert figures.accuracy == pytest.approx(model.score(texts, domains)) and figures.rows == len(texts)
    sets = model.predict_set(texts)
    assert all(s[0] == y for s, y in zip(sets, model.predict(texts)))
    assert np.mean([y in s for s, y in zip(sets, domains)]) == pytest.approx(figures.set_coverage)
    assert 1 - model.abstain(texts).mean() == pytest.approx(figures.automatic)
    assert model.abstain(texts, risk=0.01).sum() >= model.abstain(texts, risk=0.2).sum()
    assert model.held_out_.to_dict()["rows"] > 0


def test_conventions(tmp_path):
    from sklearn.base import clone, is_classifier

    model = small(risk=0.1, least_texts=2)
    assert is_classifier(model) and repr(model) == "TopicClassifier(least_texts=2, n_jobs=1, risk=0.1)"
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(risk=0.2) is model and model.risk == 0.2
    with pytest.raises(ValueError, match="no parameter 'depth'"):
        model.set_params(depth=3)
    with pytest.raises(ValueError) as e:
        model.predict(["x"])
    assert isinstance(e.value, jiesu.NotTrainedError) and isinstance(e.value, AttributeError)
    assert model.fit(TEXTS, LABELS) is model
    want = model.predict_proba(TEXTS)
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict_proba(TEXTS) == want).all()
    import joblib

    joblib.dump(model, tmp_path / "model.joblib")
    assert (joblib.load(tmp_path / "model.joblib").predict_proba(TEXTS) == want).all()
    model.save(tmp_path / "topics.model")
    loaded = jiesu.TopicClassifier.load(tmp_path / "topics.model")
    assert (loaded.predict_proba(TEXTS) == want).all() and loaded.classes_.tolist() == model.classes_.tolist()
    with pytest.raises(OSError):
        jiesu.TopicClassifier.load(tmp_path / "none.model")
    with pytest.raises(jiesu.BundleError):
        jiesu.TopicClassifier.load(b"junk")


def test_the_model_file_is_the_command_lines(tmp_path):
    model = small().fit(TEXTS, LABELS)
    model.save(tmp_path / "m")
    (tmp_path / "in.jsonl").write_text('{"id":"1","text":"工资拖欠很着急"}\n', "utf-8")
    out = subprocess.run(
        [sys.executable, "-m", "jiesu", "predict", "--model", tmp_path / "m", "--input", tmp_path / "in.jsonl", "--output", "-"],
        capture_output=True, text=True, check=True,
    )
    assert f'"label":"{model.predict(["工资拖欠很着急"])[0]}"' in out.stdout


def test_pipelines_cross_validation_and_search():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import ColumnTransformer  # noqa: F401  (the column of a frame is what a pipeline hands over)
    from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    strip = FunctionTransformer(lambda X: [x.strip() for x in X])
    pipeline = make_pipeline(strip, small(least_texts=1))
    assert cross_val_score(pipeline, TEXTS, LABELS, cv=3).mean() > 0.9
    assert cross_val_predict(small(least_texts=1), pd.Series(TEXTS), pd.Series(LABELS), cv=3, method="predict_proba").shape == (len(TEXTS), 4)
    search = GridSearchCV(pipeline, {"topicclassifier__least_texts": [1, 5]}, cv=2, n_jobs=2, scoring="neg_log_loss").fit(TEXTS, LABELS)
    assert search.best_params_["topicclassifier__least_texts"] in (1, 5) and np.isfinite(search.best_score_)
    assert CalibratedClassifierCV(small(), cv=2).fit(np.array(TEXTS), np.array(LABELS)).predict(np.array(TEXTS[:2])).shape == (2,)


NO_FEATURES = "a text has no columns whose number could be checked"
# Checks of scikit-learn that fail, with the reason.
EXPECTED_TO_FAIL = {
    "check_n_features_in": NO_FEATURES,
    "check_n_features_in_after_fitting": NO_FEATURES,
    "check_classifiers_train": NO_FEATURES,
    "check_complex_data": "labels of another type are a TypeError with our own words",
    "check_supervised_y_2d": "a single column of labels is taken without a warning",
}


class Written(jiesu.TopicClassifier):
    """scikit-learn's checks hand over numbers: here each row is written as words, so that all of them run."""

    def __init__(self, *, text=None, risk=0.05, size_budget=None, least_texts=1, width=24, words=None, n_jobs=1):
        super().__init__(text=text, risk=risk, size_budget=size_budget, least_texts=least_texts, width=width, words=words, n_jobs=n_jobs)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.one_d_array, tags.input_tags.string = True, False, False
        return tags

    def _source(self, X):
        from sklearn.utils.validation import check_array

        def word(j, v):
            return "东南西北上下左右前后里外"[j % 12] + "甲乙丙丁戊己庚辛壬癸"[int(np.clip(v * 2 + 5, 0, 9))]

        return super()._source(["，".join(word(j, v) for j, v in enumerate(row)) for row in check_array(X)])


@pytest.mark.filterwarnings("ignore:Estimator .* does not inherit:UserWarning")
def test_check_estimator():
    from sklearn.utils.estimator_checks import check_estimator

    results = check_estimator(Written(), on_fail=None, on_skip=None, expected_failed_checks=EXPECTED_TO_FAIL)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed, failed
    assert sum(r["status"] == "passed" for r in results) >= 40
    # None of the reasons is out of date.
    assert {r["check_name"] for r in results if r["status"] == "xfail"} == set(EXPECTED_TO_FAIL)


def test_every_form_of_texts_gives_the_same():
    model = small(least_texts=1).fit(TEXTS, LABELS)
    want = model.predict_proba(TEXTS)
    for form in (
        tuple(TEXTS), np.array(TEXTS), np.array(TEXTS, dtype=object), np.array(TEXTS).reshape(-1, 1), pd.Series(TEXTS), pl.Series(TEXTS),
        pa.array(TEXTS), pa.chunked_array([TEXTS[:7], TEXTS[7:]]), pd.DataFrame({"text": TEXTS}), [{"text": t} for t in TEXTS],
    ):
        assert (model.predict_proba(form) == want).all(), type(form)
    frame = pd.DataFrame({"subject": TEXTS, "body": TEXTS[::-1]})
    both = small(least_texts=1, text=["subject", "body"]).fit(frame, LABELS)
    assert both.predict(frame).tolist() == both.predict([{"title": a, "detail": b} for a, b in zip(TEXTS, TEXTS[::-1])]).tolist()
    assert small().fit(pl.Series(TEXTS), pl.Series(LABELS)).classes_.tolist() == sorted(set(LABELS))


def test_whole_number_labels_keep_their_type_and_order():
    numbers = [{"欠薪": 10, "路灯": 9, "漏水": 100, "噪音": 1}[l] for l in LABELS]
    model = small(least_texts=1).fit(TEXTS, numbers)
    assert model.classes_.tolist() == [1, 9, 10, 100] and model.predict(TEXTS).dtype.kind == "i"
    assert model.predict(TEXTS).tolist() == numbers
    assert model.predict_set(TEXTS)[0][0] == 10
    assert (model.classes_[model.predict_proba(TEXTS).argmax(1)] == numbers).all()


def test_tables_keep_index_and_nulls():
    model = small(text="body").fit(pd.DataFrame({"body": TEXTS}), LABELS)
    frame = pd.DataFrame({"body": ["拖欠工资", None, float("nan"), " ", "漏水"]}, index=list("abcde"))
    out = model.predict_table(frame, top=2)
    assert list(out.index) == list("abcde") and out["label"].isna().tolist() == out["error"].isna().map(lambda b: not b).tolist() == [False, True, True, True, False]
    assert len(out["labels"].iloc[0]) == 2 and out["p"].iloc[0] == pytest.approx(out["ps"].iloc[0][0])
    assert isinstance(model.predict_table(pl.DataFrame({"body": ["漏水"]})), pl.DataFrame)


@pytest.mark.parametrize(
    ("texts", "kind", "why"),
    [
        ([None], TypeError, "row 0.*NoneType"),
        (["a", float("nan")], TypeError, "row 1.*float"),
        (["a", b"bytes"], TypeError, "row 1.*bytes"),
        ([7], TypeError, "row 0.*int"),
        (["a", " "], ValueError, "row 1"),
        ("a text alone", TypeError, "not str"),
        (7, TypeError, "not int"),
        (np.zeros((2, 2)), ValueError, "shape"),
        (pd.Series(["a", None]), ValueError, "row 1"),
        (pd.Series([1, 2]), TypeError, "Int64|int64"),
        (pd.DataFrame({"body": ["a"]}), KeyError, "body"),
    ],
)
def test_bad_texts(model, texts, kind, why):
    with pytest.raises(kind, match=why) as e:
        model.predict(texts)
    assert isinstance(e.value, jiesu.JiesuError)


@pytest.mark.parametrize(
    ("labels", "kind", "why"),
    [
        (["a"], ValueError, "96 texts, but 1 labels"),
        ([None, *LABELS[1:]], ValueError, "row 0: no label"),
        ([float("nan"), *LABELS[1:]], ValueError, "row 0: no label"),
        (None, ValueError, "requires y"),
        ([0.5] * 96, ValueError, "continuous"),
        ([object()] * 96, TypeError, "row 0"),
        ([[1, 2]] * 96, ValueError, "shape"),
    ],
)
def test_bad_labels(labels, kind, why):
    y = np.array(labels, dtype=object) if isinstance(labels, list) and LABELS[1] in labels else labels
    with pytest.raises(kind, match=why) as e:
        small().fit(TEXTS, y)
    assert isinstance(e.value, jiesu.JiesuError)


def test_empty_and_tiny():
    with pytest.raises(ValueError, match="no row"):
        small().fit([], [])
    model = small().fit(["拖欠工资"] * 3, ["a"] * 3)
    assert model.predict(["x"]).tolist() == ["a"] and model.abstain(["x"]).all()
    assert model.predict([]).shape == (0,) and model.predict_proba([]).shape == (0, 1) and model.predict_set([]) == []
    with pytest.raises(ValueError, match="size budget"):
        small(size_budget=1000).fit(TEXTS, LABELS)


def test_train_and_evaluate_over_tables(corpus):
    rows = [{"content": r["text"], "domain": r["domain"], "at": f"2026-01-{n % 28 + 1:02}"} for n, r in enumerate(corpus[:600])]
    rows[5]["domain"] = None
    for frame in (pd.DataFrame(rows), pl.DataFrame(rows), pa.Table.from_pylist(rows)):
        model = jiesu.train(frame, text="content", label="domain", time="at")
        assert jiesu.evaluate(model, frame, label="domain").rows == 599
    assert isinstance(jiesu.train(frame, text="content", label="domain", kind=jiesu.Dispatcher), jiesu.Dispatcher)
    with pytest.raises(KeyError, match=re.escape("no column `unit`; the columns are: content, domain, at")):
        jiesu.train(frame, text="content", label="unit")
    with pytest.raises(TypeError):
        jiesu.train(rows)
