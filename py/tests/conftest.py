"""The open corpus, and what is learned from it once for all tests."""

import json
import pathlib

import pytest

import jiesu

MODELS = pathlib.Path(__file__).parents[2] / "models"


@pytest.fixture(scope="session")
def corpus():
    return [json.loads(line) for line in (MODELS / "corpus" / "requests.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def samples():
    return [json.loads(line) for line in (MODELS / "samples" / "requests.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def split(corpus):
    """Texts and domains to learn from, and to test on."""
    train = [r for r in corpus if r["split"] == "train"]
    valid = [r for r in corpus if r["split"] == "valid"]
    return [r["text"] for r in train], [r["domain"] for r in train], [r["text"] for r in valid], [r["domain"] for r in valid]


@pytest.fixture(scope="session")
def model(split):
    return jiesu.TopicClassifier().fit(split[0], split[1])
