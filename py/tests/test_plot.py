"""Plots: every one is drawn, with all its Chinese glyphs; nothing is drawn from what is not there."""

import os
import pathlib
import warnings

import pytest

import jiesu

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
pd = pytest.importorskip("pandas")

from jiesu import plot  # noqa: E402


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Where the pictures go; set JIESU_PLOTS to look at them."""
    where = pathlib.Path(os.environ.get("JIESU_PLOTS") or tmp_path_factory.mktemp("plots"))
    where.mkdir(exist_ok=True)
    return where


@pytest.fixture(autouse=True)
def no_missing_glyph():
    if plot.chinese_font() is None:
        pytest.skip("no font with Chinese glyphs is installed")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing")
        yield
    matplotlib.pyplot.close("all")


def save(ax, path):
    ax.figure.savefig(path, dpi=110)
    assert path.stat().st_size > 5000
    return ax


def test_classifier_plots(model, split, out):
    _, _, texts, domains = split
    proba = model.predict_proba(texts)
    assert "ECE" in save(plot.reliability(domains, proba, model.classes_), out / "reliability.png").get_title()
    save(plot.coverage(domains, proba, model.classes_, risk=0.05), out / "coverage.png")
    names = {"D01": "房屋管理", "D05": "交通管理"}
    ax = save(plot.confusion(domains, model.predict(texts), names=names), out / "confusion.png")
    assert "房屋管理" in [t.get_text() for t in ax.get_yticklabels()]
    with pytest.raises(ValueError, match="shape"):
        plot.reliability(domains[:-1], proba, model.classes_)
    with pytest.raises(ValueError):
        plot.confusion(domains, domains[:-1])


def test_incident_timeline(corpus, out):
    groups = {}
    for r in corpus:
        if r["incident"]:
            groups.setdefault(r["incident"], []).append(r)
    rows = []
    for n, (incident, members) in enumerate(sorted(groups.items(), key=lambda g: -len(g[1]))[:14]):
        rows += [{"incident": incident, "received_at": f"2026-01-{1 + n + 2 * k:02} {8 + k:02}:30", "topic": r["topic"]} for k, r in enumerate(members[:8])]
    frame = pd.DataFrame(rows)
    save(plot.timeline(frame, label="topic"), out / "timeline.png")
    assert plot.timeline(frame.iloc[:0]).get_title()
    with pytest.raises(KeyError, match="no column `at`"):
        plot.timeline(frame, time="at")


def test_hotspots(out):
    days = [f"2026-{m:02}-{d:02}" for m in (1, 2) for d in range(1, 29)]
    towns = ["110105026", "110105001", "110108010", "110106005"]
    rows = [(d, a, "0401") for n, d in enumerate(days) for a in towns for _ in range(1 + (n * 7 + int(a)) % 3)]
    rows += [(d, towns[0], "0401") for d in days[-3:] for _ in range(14)] + [(days[-1], towns[2], "0401")] * 25
    frame = pd.DataFrame([{"id": str(n), "time": d, "area": a, "topic": t} for n, (d, a, t) in enumerate(rows)])
    detector = jiesu.HotspotDetector()
    alerts = detector.detect(frame, days[-1])
    local = [a for a in alerts if a.scope == "local"]
    areas = jiesu.Gazetteer().areas().to_pandas()
    save(plot.hotspot_map(alerts, areas[areas["level"] == "town"], names={"0401": "供水问题"}), out / "map.png")
    save(plot.series(detector.series("0401", local[0].areas, 60), title="供水问题", alert=local[0]), out / "series.png")
    assert plot.hotspot_map([], areas).get_title() and plot.series([]).get_title()
