#!/usr/bin/env python3
"""`jiesu train | predict` beside TF-IDF + LinearSVC of scikit-learn and beside fastText: the same rows to learn from and to answer for all,
on one core. Messages in five folds by text, orders by time (`make bench-classify`).

usage: linear.py [SHARED]   (default ../shared; pip install scikit-learn jieba fasttext-wheel)

Prints accuracy and macro-F1, seconds of a processor for learning, rows a second of it for answering (cutting words included; for jiesu also
starting the program, opening the model and reading the file), and the size of the model.
"""
import hashlib
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

try:
    import fasttext
except ImportError:
    fasttext = None

FOLDS = 5
# Rows of the speed run: the test rows again and again.
TIMED = 3_000
ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "../shared").resolve()
JIESU = ROOT / "target/release/jiesu"


def rows(name):
    return [json.loads(line) for line in open(SHARED / "data" / name, encoding="utf-8")]


def used():
    """Processor seconds of this process and its children: what else the machine does is left out."""
    return sum(os.times()[:4])


def text(row):
    return f"{row['title']}\n{row['text']}" if row["title"] else row["text"]


def cut(t):
    return jieba.lcut(t)


def words():
    return TfidfVectorizer(tokenizer=cut, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True)


def characters():
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)


class Sklearn:
    def __init__(self, features, folder):
        self.model = make_pipeline(features(), LinearSVC())

    def learn(self, train):
        self.model.fit([text(r) for r in train], [r["label"] for r in train])

    def answer(self, test):
        return list(self.model.predict([text(r) for r in test]))

    def size(self):
        return len(pickle.dumps(self.model))


class FastText:
    """Words and pairs of words, softmax; n-grams hashed into two million rows."""

    # The best of thirteen tried on a fold of the messages (rates .5 to 4, 25 to 100 epochs, 20 to 100 dimensions, one to three words, two
    # sizes of the table): .83; the usual ones gave .58.
    SETTINGS = {"lr": 0.5, "epoch": 100, "wordNgrams": 2, "dim": 20, "bucket": 2_000_000}

    def __init__(self, folder):
        self.folder = folder

    @staticmethod
    def line(row):
        return " ".join(w for w in cut(text(row)) if any(c.isalnum() for c in w))

    def learn(self, train):
        names = sorted({r["label"] for r in train})
        self.names, number = dict(enumerate(names)), {n: i for i, n in enumerate(names)}
        file = self.folder / "train.txt"
        file.write_text("".join(f"__label__{number[r['label']]} {self.line(r)}\n" for r in train), encoding="utf-8")
        self.model = fasttext.train_supervised(str(file), thread=1, verbose=0, **self.SETTINGS)

    def answer(self, test):
        found, _ = self.model.predict([self.line(r) for r in test])
        return [self.names[int(f[0].removeprefix("__label__"))] for f in found]

    def size(self):
        self.model.save_model(str(self.folder / "model.bin"))
        return (self.folder / "model.bin").stat().st_size


class Jiesu:
    def __init__(self, folder):
        self.folder, self.file = folder, folder / "model.jiesu"

    def write(self, name, part):
        lines = (json.dumps({k: v for k, v in r.items() if v or k == "title"}, ensure_ascii=False) + "\n" for r in part)
        (self.folder / name).write_text("".join(lines), encoding="utf-8")
        return self.folder / name

    def run(self, *args):
        subprocess.run([JIESU, *args], check=True, capture_output=True)

    def mapped(self, part):
        return ("--text", "title,text" if any(r["title"] for r in part) else "text")

    def learn(self, train):
        self.run("train", "--task", "class", "--input", self.write("train.jsonl", train), *self.mapped(train), "--label", "label", "-o", self.file)

    def answer(self, test):
        answers, asked = self.folder / "answers.jsonl", self.write("test.jsonl", test)
        self.run("predict", "--model", self.file, "--input", asked, *self.mapped(test), "--top", "1", "--output", answers)
        return [json.loads(line)["labels"][0]["label"] for line in open(answers, encoding="utf-8")]

    def size(self):
        return self.file.stat().st_size


PEERS = {
    "TF-IDF words 1–2 + LinearSVC": lambda folder: Sklearn(words, folder),
    "TF-IDF characters 1–3 + LinearSVC": lambda folder: Sklearn(characters, folder),
    "TF-IDF words and characters + LinearSVC": lambda folder: Sklearn(lambda: make_union(words(), characters()), folder),
    "fastText words 1–2": FastText,
    "jiesu train, predict": Jiesu,
}


def compare(title, parts):
    """A row of a table for each peer over pairs of rows to learn from and to answer."""
    print(f"\n{title}: {sum(len(test) for _, test in parts)} rows answered, {len({r['label'] for _, test in parts for r in test})} labels\n")
    print("| | accuracy | macro-F1 | learning, s | answering, rows/s | model, MB |\n|---|---|---|---|---|---|")
    for name, peer in PEERS.items():
        if peer is FastText and fasttext is None:
            print(f"| {name} | not installed | | | | |")
            continue
        accuracy, f1, learning = [], [], 0.0
        with tempfile.TemporaryDirectory() as folder:
            for train, test in parts:
                model = peer(pathlib.Path(folder))
                started = used()
                model.learn(train)
                learning += used() - started
                found, truth = model.answer(test), [r["label"] for r in test]
                accuracy.append(accuracy_score(truth, found))
                f1.append(f1_score(truth, found, average="macro"))
            many = [{**test[n % len(test)], "id": str(n)} for n in range(TIMED)]
            started = used()
            model.answer(many)
            speed = TIMED / (used() - started)
            mean = lambda x: sum(x) / len(x)
            print(f"| {name} | {mean(accuracy):.4f} | {mean(f1):.4f} | {learning / len(parts):.1f} | {speed:.0f} | {model.size() / 1e6:.1f} |", flush=True)


def main():
    jieba.setLogLevel(60)
    jieba.initialize()
    messages = [
        {"id": r["id"], "title": r.get("title") or "", "text": r["detail"], "label": r["label"], "received_at": ""}
        for r in rows("messages_labelled.jsonl")
    ]
    # Equal texts fall into one fold.
    folds = [int(hashlib.sha256(" ".join(r["text"].split()).encode()).hexdigest(), 16) % FOLDS for r in messages]
    parts = [([r for r, f in zip(messages, folds) if f != k], [r for r, f in zip(messages, folds) if f == k]) for k in range(FOLDS)]
    compare("Messages, five folds", parts)

    orders = [{"id": r["id"], "title": "", "text": r["text"], "label": r["unit_std"], "received_at": r["date"]} for r in rows("haikou.jsonl")]
    orders.sort(key=lambda r: (r["received_at"], r["id"]))
    compare("Orders by unit, learned to April and answered in May", [([r for r in orders if r["received_at"] < "2018-05"], [r for r in orders if r["received_at"] >= "2018-05"])])


if __name__ == "__main__":
    main()
