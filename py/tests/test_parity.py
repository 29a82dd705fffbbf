"""The golden corpus: the same bytes as Rust and the command line give."""

import json
import pathlib

import jiesu

GOLDEN = pathlib.Path(__file__).parents[2] / "tests" / "golden"


def test_golden_answers_are_byte_identical():
    engine = jiesu.Engine()
    rows = [json.loads(line) for line in (GOLDEN / "requests.jsonl").read_text("utf-8").splitlines()]
    expected = (GOLDEN / "expected.jsonl").read_text("utf-8").splitlines()
    assert len(rows) == len(expected) > 50
    for row, want in zip(rows, expected):
        assert engine.to_json(row) == want
