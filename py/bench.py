"""Speed of the wheel beside Rust itself and beside pandas + jieba + scikit-learn, on the same cores, in one run (``make bench-python``)."""

import argparse
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd
import pyarrow as pa

import jiesu

MODELS = pathlib.Path(__file__).parents[1] / "models"


def texts_and_domains():
    rows = [json.loads(line) for line in (MODELS / "corpus" / "requests.jsonl").read_text("utf-8").splitlines()]
    return [r["text"] for r in rows], [r["domain"] for r in rows]


def rate(work, rows):
    """Rows a second of one run."""
    started = time.perf_counter()
    work()
    return rows / (time.perf_counter() - started)


def import_time():
    code = "import time; t = time.perf_counter(); import jiesu; print(time.perf_counter() - t)"
    return min(float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) for _ in range(5))


def peer(texts, domains):
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    jieba.setLogLevel(60)
    return make_pipeline(TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, ngram_range=(1, 2)), LinearSVC()).fit(texts, domains)


PEER = None


def peer_predicts(texts):
    """In a forked process: jieba's tokenizer cannot be pickled."""
    return PEER.predict(texts)


def main():
    global PEER
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--rust", required=True, help="the example batch_speed")
    rows, rust = vars(arguments.parse_args()).values()
    texts, domains = texts_and_domains()
    cores = len(os.sched_getaffinity(0))
    table = pa.table({"id": [str(n) for n in range(rows)], "text": [texts[n % len(texts)] for n in range(rows)]})
    print(f"{rows} rows of {np.mean([len(t) for t in texts]):.0f} characters on {cores} cores; import {1000 * import_time():.0f} ms", flush=True)

    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as f:
        f.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in table.to_pylist())
        f.flush()
        engine = jiesu.Engine()
        # In turns, so that a busy machine is busy for both.
        ours = theirs = 0.0
        for _ in range(3):
            theirs = max(theirs, float(subprocess.run([rust, jiesu.default_bundle(), f.name], capture_output=True, text=True, check=True).stdout))
            ours = max(ours, rate(lambda: engine.analyze(table), rows))
    print(f"Engine.analyze over an Arrow table: {ours:.0f} rows/s; Rust batch: {theirs:.0f} rows/s; ratio {ours / theirs:.2f} (bar .85)", flush=True)

    model = jiesu.TopicClassifier().fit(texts, domains)
    PEER = peer(texts, domains)
    series = pd.Series(table["text"].to_pylist())
    few = series.iloc[: rows // 10]
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        parts = [few.iloc[n::cores] for n in range(cores)]
        ours = theirs = 0.0
        for _ in range(3):
            theirs = max(theirs, rate(lambda: pool.map(peer_predicts, parts), len(few)))
            ours = max(ours, rate(lambda: model.predict(series), rows))
    print(f"TopicClassifier.predict: {ours:.0f} rows/s; pandas + jieba + scikit-learn: {theirs:.0f} rows/s on {cores} cores ({len(few)} rows); {ours / theirs:.1f} times (bar 15)")


if __name__ == "__main__":
    main()
