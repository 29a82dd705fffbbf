"""Plots for reports (``pip install jiesu[plot]``): each draws on an ``ax`` (a new one by default) and gives it back.

Chinese glyphs need a font that has them: the first of ``FONTS`` that is installed is used (on Debian ``fonts-noto-cjk`` or
``fonts-wqy-microhei``); a warning names them when there is none.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import DependencyError, FieldError, InputError
from ._tables import as_arrow, is_table

try:
    import matplotlib
    import numpy as np
    from matplotlib import dates, patheffects, ticker
    from matplotlib import font_manager as fonts
    from matplotlib import pyplot as plt
    from matplotlib.axes import Axes
except ImportError as e:
    raise DependencyError("plots need matplotlib: pip install jiesu[plot]", "dependency") from e

#: Families with Chinese glyphs, in order of preference.
FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "SimHei", "Noto Sans CJK JP", "Droid Sans Fallback", "Arial Unicode MS",
)
BLUE, RED, GREY = "#1f5f99", "#c0392b", "#8a8f98"


@functools.cache
def chinese_font() -> str | None:
    """The family used for Chinese glyphs; None when none of ``FONTS`` is installed."""
    installed = {f.name for f in fonts.fontManager.ttflist}
    found = next((f for f in FONTS if f in installed), None)
    if found is None:
        warnings.warn(f"no font with Chinese glyphs: install one of {', '.join(FONTS)} (Debian: fonts-noto-cjk)", stacklevel=3)
    return found


def _style() -> Any:
    font = chinese_font()
    return matplotlib.rc_context(
        {
            "font.family": [*([font] if font else []), "DejaVu Sans"],
            "axes.unicode_minus": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 12,
            "axes.labelsize": 10,
            "legend.frameon": False,
        }
    )


def _axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    return plt.subplots(figsize=size, layout="constrained")[1] if ax is None else ax


def _dates(ax: Axes) -> None:
    formatter: Any = dates.ConciseDateFormatter
    locator = ax.xaxis.get_major_locator()
    levels = ["%Y年", "%m月", "%d日", "%H:%M", "%H:%M", "%S.%f"]
    offsets = ["", "%Y年", "%Y年%m月", "%Y年%m月%d日", "%Y年%m月%d日", "%Y年%m月%d日 %H:%M"]
    ax.xaxis.set_major_formatter(
        formatter(locator, formats=levels, zero_formats=["", "%Y年", "%m月", "%d日", "%H:%M", "%H:%M"], offset_formats=offsets)
    )


def _top(proba: Any, classes: Any, y: Any) -> tuple[Any, Any]:
    """Confidence of the best label of each row, and whether it is right."""
    proba, classes = np.asarray(proba), np.asarray(classes)
    truth = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    if proba.ndim != 2 or proba.shape != (len(truth), len(classes)):
        raise InputError(f"probabilities have shape {proba.shape}, not ({len(truth)}, {len(classes)})", "plot.shape")
    return proba.max(1), classes[proba.argmax(1)] == truth


def reliability(y: Any, proba: Any, classes: Any, *, bins: int = 10, ax: Axes | None = None) -> Axes:
    """Reliability diagram of the best label: how often it is right, by how sure the classifier was; dots as large as their rows."""
    confidence, right = _top(proba, classes, y)
    with _style():
        ax = _axes(ax, (5, 5))
        ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--", label="完全校准")
        at = np.minimum((confidence * bins).astype(int), bins - 1)
        rows = [(confidence[at == b].mean(), right[at == b].mean(), (at == b).sum()) for b in range(bins) if (at == b).any()]
        xs, ys, ns = (np.array(v) for v in zip(*rows)) if rows else (np.array([]),) * 3
        # Two standard errors, so that a bin of few rows does not look like a fault.
        half = 2 * np.sqrt(np.maximum(ys * (1 - ys), 0.01) / np.maximum(ns, 1))
        ax.errorbar(xs, ys, yerr=[np.minimum(half, ys), np.minimum(half, 1 - ys)], color=BLUE, lw=1.2, elinewidth=0.8, capsize=2, zorder=2)
        ax.scatter(xs, ys, s=20 + 180 * ns / max(ns.max(initial=1), 1), color=BLUE, alpha=0.8, zorder=3, label="实际")
        ece = float(np.sum(np.abs(xs - ys) * ns) / max(len(right), 1))
        ax.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="预测概率", ylabel="实际正确率", title=f"可靠性图（{len(right)} 件，ECE {ece:.3f}）", aspect="equal")
        ax.legend(loc="upper left")
    return ax


def coverage(y: Any, proba: Any, classes: Any, *, risk: float | None = None, ax: Axes | None = None) -> Axes:
    """Coverage curve: accuracy among the surest share of rows; with ``risk`` the line that must not be crossed."""
    confidence, right = _top(proba, classes, y)
    with _style():
        ax = _axes(ax, (6, 4))
        order = np.argsort(-confidence, kind="stable")
        n = np.arange(1, len(order) + 1)
        accuracy = np.cumsum(right[order]) / n
        # The first few rows jump about and say nothing.
        shown = n >= min(20, len(n))
        ax.plot(n[shown] / len(n), accuracy[shown], color=BLUE, lw=1.8)
        if risk is not None:
            ax.axhline(1 - risk, color=RED, lw=1, ls="--")
            ax.text(0.99, 1 - risk, f"允许差错 {risk:.0%}", color=RED, va="bottom", ha="right", fontsize=9)
        low = min(accuracy[shown].min(initial=1.0), 1 - (risk or 0))
        ax.set(xlim=(0, 1), ylim=(max(0.0, low - 0.05), 1.005), xlabel="自动派出的比例", ylabel="其中正确的比例", title="覆盖率曲线")
        ax.xaxis.set_major_formatter(ticker.PercentFormatter(1))
        ax.yaxis.set_major_formatter(ticker.PercentFormatter(1))
        ax.grid(alpha=0.25)
    return ax


def confusion(y: Any, predicted: Any, *, top: int = 15, names: Mapping[Any, str] | None = None, ax: Axes | None = None) -> Axes:
    """Confusion between units (or labels): the ``top`` most frequent, shares of each row; numbers are rows."""
    truth, answer = np.asarray(y).astype(object), np.asarray(predicted).astype(object)
    if truth.shape != answer.shape:
        raise InputError(f"{len(truth)} true labels, but {len(answer)} answers", "plot.shape")
    labels, counts = np.unique(truth.astype(str), return_counts=True)
    kept = labels[np.argsort(-counts, kind="stable")][:top]
    where = {label: i for i, label in enumerate(kept)}
    table = np.zeros((len(kept), len(kept) + 1), dtype=int)
    for t, a in zip(truth.astype(str), answer.astype(str)):
        if t in where:
            table[where[t], where.get(a, len(kept))] += 1
    # A column for all other answers, when there are such.
    shown = [_name(k, names) for k in kept]
    columns = [*shown, "其他"] if table[:, -1].any() else shown
    table = table[:, : len(columns)]
    with _style():
        size = 0.42 * len(kept) + 2.4
        ax = _axes(ax, (size + 0.6, size))
        shares = table / np.maximum(table.sum(1, keepdims=True), 1)
        image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="equal")
        for i, j in np.argwhere(table > 0):
            ax.text(j, i, str(table[i, j]), ha="center", va="center", fontsize=7, color="white" if shares[i, j] > 0.55 else "#333")
        ax.set_xticks(range(len(columns)), columns, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
        ax.set_yticks(range(len(kept)), shown, fontsize=8)
        ax.set(xlabel="预测", ylabel="实际", title="混淆矩阵")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.figure.colorbar(image, ax=ax, shrink=0.6, label="占该行的比例")
    return ax


def _name(code: Any, names: Mapping[Any, str] | None) -> str:
    name = (names or {}).get(code, str(code))
    return name if len(name) <= 14 else name[:13] + "…"


def _columns(table: Any, *names: str) -> dict[str, list[Any]]:
    if not is_table(table):
        raise InputError(f"give a table, not {type(table).__name__}", "plot.table")
    arrow = as_arrow(table)
    for name in names:
        if name not in arrow.column_names:
            raise FieldError(f"no column `{name}`; the columns are: {', '.join(arrow.column_names)}", "input.field")
    return {name: arrow[name].to_pylist() for name in names}


def _times(values: Sequence[Any]) -> Any:
    return np.array([np.datetime64("NaT", "s") if v is None else np.datetime64(str(v).replace(" ", "T").split("+")[0].rstrip("Z"), "s") for v in values])


def timeline(table: Any, *, time: str = "received_at", incident: str = "incident", label: str | None = None, top: int = 12, ax: Axes | None = None) -> Axes:
    """Timeline of the largest incidents: a dot for each report. ``label`` is a column that names an incident (its first report's is shown)."""
    columns = _columns(table, time, incident, *([label] if label else []))
    when = _times(columns[time])
    groups: dict[Any, list[int]] = {}
    for i, name in enumerate(columns[incident]):
        if name is not None and not np.isnat(when[i]):
            groups.setdefault(name, []).append(i)
    largest = sorted((g for g in groups.items() if len(g[1]) > 1), key=lambda g: (-len(g[1]), when[g[1]].min()))[:top]
    largest.sort(key=lambda g: when[g[1]].min(), reverse=True)
    with _style():
        ax = _axes(ax, (8, 0.42 * max(len(largest), 2) + 1.4))
        for row, (_, members) in enumerate(largest):
            t = np.sort(when[members])
            ax.plot([t[0], t[-1]], [row, row], color=BLUE, lw=2, alpha=0.35, solid_capstyle="round")
            ax.scatter(t, [row] * len(t), s=22, color=BLUE, alpha=0.75, lw=0)
            ax.annotate(f"{len(t)} 件", (t[-1], row), xytext=(7, 0), textcoords="offset points", va="center", fontsize=8, color=GREY)
        shown = [_name(columns[label][m[0]] if label else name, None) for name, m in largest]
        ax.set_yticks(range(len(largest)), shown, fontsize=9)
        ax.set_ylim(-0.7, max(len(largest), 2) - 0.3)
        ax.margins(x=0.08)
        if largest:
            _dates(ax)
        else:
            ax.text(0.5, 0.5, "没有多件合并的事件", transform=ax.transAxes, ha="center", color=GREY)
            ax.set_xticks([])
        ax.set_title(f"事件时间线（最大的 {len(largest)} 个）")
        ax.grid(axis="x", alpha=0.25)
    return ax


def hotspot_map(alerts: Sequence[Mapping[str, Any]], areas: Any, *, names: Mapping[str, str] | None = None, ax: Axes | None = None) -> Axes:
    """Map of alerts: every area of the table ``code, name, lon, lat`` as a dot, those with an alert as large as the calls above expectation."""
    columns = _columns(areas, "code", "name", "lon", "lat")
    places = {c: (n, x, y) for c, n, x, y in zip(*(columns[k] for k in ("code", "name", "lon", "lat"))) if x is not None and y is not None}
    excess: dict[str, float] = {}
    topics: dict[str, str] = {}
    for alert in alerts:
        # A surge of the whole city has no place on the map.
        known = [c for c in alert["areas"] if c in places] if alert["scope"] == "local" else []
        for code in known:
            share = (alert["observed"] - alert["expected"]) / len(known)
            if share > excess.get(code, 0.0):
                topics[code] = alert["topic"]
            excess[code] = max(excess.get(code, 0.0), share)
    with _style():
        ax = _axes(ax, (7, 6.4))
        xs, ys = ([p[i] for p in places.values()] for i in (1, 2))
        ax.scatter(xs, ys, s=5, color="#c9ced6", lw=0, zorder=1)
        hot = sorted(excess, key=lambda c: -excess[c])
        if hot:
            size = [30 + 420 * excess[c] / excess[hot[0]] for c in hot]
            ax.scatter([places[c][1] for c in hot], [places[c][2] for c in hot], s=size, color=RED, alpha=0.55, lw=0, zorder=2)
            halo = patheffects.withStroke(linewidth=2.5, foreground="white")
            for c in hot[:10]:
                text = f"{places[c][0]}\n{_name(topics[c], names)} +{excess[c]:.0f}"
                ax.annotate(text, places[c][1:], xytext=(8, 4), textcoords="offset points", fontsize=8, zorder=3, linespacing=1.15, path_effects=[halo])
        if ys:
            # A degree of longitude is shorter than one of latitude here.
            ax.set_aspect(1 / np.cos(np.radians(float(np.mean(ys)))))
        ax.set(xlabel="经度", ylabel="纬度", title=f"热点分布（{len(hot)} 处）")
        ax.margins(0.08)
    return ax


def series(days: Sequence[Any], *, title: str = "热点序列", alert: Mapping[str, Any] | None = None, ax: Axes | None = None) -> Axes:
    """What :meth:`jiesu.HotspotDetector.series` gives: observed counts, expectation and normal range; the days of ``alert`` marked."""
    with _style():
        ax = _axes(ax, (8, 3.4))
        when = np.array([d.day for d in days], dtype="datetime64[D]")
        ax.fill_between(when, [d.low for d in days], [d.high for d in days], color=BLUE, alpha=0.15, lw=0, label="正常范围")
        ax.plot(when, [d.expected for d in days], color=BLUE, lw=1.2, label="期望")
        ax.plot(when, [d.observed for d in days], color="#333", lw=1, marker=".", ms=4, label="实际")
        if alert is not None:
            half = np.timedelta64(12, "h")
            number: Any = dates.date2num
            start, end = (number(np.datetime64(alert[k], "h") + s) for k, s in (("start", -half), ("end", half)))
            ax.axvspan(start, end, color=RED, alpha=0.12, lw=0, label="告警")
        if len(when):
            _dates(ax)
        ax.set(ylabel="件数", title=title)
        ax.set_ylim(bottom=0)
        ax.legend(loc="upper left", ncols=4, fontsize=9)
        ax.grid(axis="y", alpha=0.25)
    return ax
