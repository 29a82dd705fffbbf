#!/usr/bin/env python3
"""`jiesu train | evaluate` beside TF-IDF + LinearSVC of scikit-learn: five folds by text over labelled messages, the same rows for both.

usage: linear.py [SHARED]   (default ../shared; pip install scikit-learn jieba)
Prints accuracy and macro-F1 of each fold and their means, and the seconds for learning and answering.
"""
import hashlib, json, pathlib, statistics, subprocess, sys, tempfile, time

import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

FOLDS = 5
root = pathlib.Path(__file__).resolve().parents[2]
shared = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "../shared").resolve()
jiesu = root / "target/release/jiesu"

rows = [json.loads(line) for line in open(shared / "data/messages_labelled.jsonl", encoding="utf-8")]
rows = [{"id": r["id"], "title": r.get("title") or "", "detail": r["detail"], "label": r["label"]} for r in rows]
# Equal texts fall into one fold.
fold_of = [int(hashlib.sha256(" ".join(r["detail"].split()).encode()).hexdigest(), 16) % FOLDS for r in rows]


def words():
    return TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True)


def characters():
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)


def sklearn(features):
    def run(train, test):
        text = lambda r: f"{r['title']}\n{r['detail']}"
        model = make_pipeline(features(), LinearSVC())
        model.fit([text(r) for r in train], [r["label"] for r in train])
        return list(model.predict([text(r) for r in test]))

    return run


def ours(train, test):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, part in ("train", train), ("test", test):
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in part), encoding="utf-8")
        model, answers, mapped = folder / "m.jiesu", folder / "a.jsonl", ["--text", "title,detail"]
        learn = [jiesu, "train", "--task", "class", "--input", folder / "train.jsonl", *mapped, "--label", "label", "-o", model]
        subprocess.run(learn, check=True, capture_output=True)
        subprocess.run([jiesu, "predict", "--model", model, "--input", folder / "test.jsonl", *mapped, "--top", "1", "--output", answers], check=True)
        return [json.loads(line)["labels"][0]["label"] for line in open(answers, encoding="utf-8")]


runs = {
    "TF-IDF words 1-2 + LinearSVC": sklearn(words),
    "TF-IDF characters 1-3 + LinearSVC": sklearn(characters),
    "TF-IDF words and characters + LinearSVC": sklearn(lambda: make_union(words(), characters())),
    "jiesu train | predict": ours,
}
jieba.initialize()
print(f"{len(rows)} rows, folds of {[fold_of.count(k) for k in range(FOLDS)]}")
for name, run in runs.items():
    accuracy, f1, started = [], [], time.time()
    for k in range(FOLDS):
        train = [r for r, f in zip(rows, fold_of) if f != k]
        test = [r for r, f in zip(rows, fold_of) if f == k]
        found, truth = run(train, test), [r["label"] for r in test]
        accuracy.append(sum(a == b for a, b in zip(found, truth)) / len(test))
        f1.append(f1_score(truth, found, average="macro"))
    each = " ".join(f"{a:.3f}" for a in accuracy)
    print(f"{name:42} accuracy {statistics.mean(accuracy):.4f} ({each})  macro-F1 {statistics.mean(f1):.4f}  {time.time() - started:.0f} s", flush=True)
