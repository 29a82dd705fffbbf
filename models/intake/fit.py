#!/usr/bin/env python3
"""Fits the weights of urgency and of the cut between two matters (`weights.csv`) around the ones that are there.

    cargo run --release -p jiesu --features cli --example intake_features -- BUNDLE < rows.jsonl > features.jsonl
    python3 models/intake/fit.py features.jsonl gold.jsonl [--write urgency|split]

`gold.jsonl` has a row for each text: `id`, `urgency` (0-2, may be missing), `second.start` (code points) where the text holds two
matters, `cut: false` where it is known to hold one, `group` (rows of one group share folds). BUNDLE must not have learned from them. Prints
cross-validated figures by the first letter of the ids (one for each source), beside those of the weights as they are; `--write` puts one
model's new weights into `weights.csv`. Needs numpy and scipy."""
import csv, json, os, sys, zlib
import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'weights.csv')
NEAR = 6  # characters between the true cut and one that counts as found


def table():
    with open(TABLE, encoding='utf8') as h: return list(csv.DictReader(h))


def names(source, constant):
    """Names of features as the core has them, in its order."""
    path = os.path.join(os.path.dirname(TABLE), '..', '..', 'core', 'src', 'intake', source)
    text = open(path, encoding='utf8').read().split(f'pub const {constant}', 1)[1].split('];', 1)[0]
    return [w for w in text.split('"')[1::2]]


def macro_f1(y, p):
    f = []
    for k in range(3):
        tp = sum((y == k) & (p == k)); f.append(2 * tp / max(1, sum(y == k) + sum(p == k)))
    return float(np.mean(f))


def decide(x, w):
    s = np.c_[np.zeros(len(x)), x @ w.T]
    two = (s[:, 2] > 0) & (s[:, 2] >= s[:, 1])
    return np.where(two, 2, (s[:, 1] > 0).astype(int))


def fit_urgency(x, y, cost, start, ridge):
    def loss(v):
        w = v.reshape(start.shape); s = np.c_[np.zeros(len(x)), x @ w.T]; z = logsumexp(s, axis=1)
        p = np.exp(s - z[:, None]); one = np.eye(3)[y]
        g = ((p - one) * cost[:, None])[:, 1:].T @ x + ridge * (w - start)
        return float(cost @ (z - s[np.arange(len(y)), y])) + ridge / 2 * float(((w - start) ** 2).sum()), g.ravel()
    return minimize(loss, start.ravel(), jac=True, method='L-BFGS-B', options=dict(maxiter=500)).x.reshape(start.shape)


def fit_cut(rows, start, ridge):
    """A conditional logistic model: one of the places, or none (score 0)."""
    def loss(w):
        total, g = ridge / 2 * float(((w - start) ** 2).sum()), ridge * (w - start)
        for x, right in rows:
            s = np.r_[0.0, x @ w]; p = np.exp(s - logsumexp(s)); total -= np.log(max(p[right].sum(), 1e-12))
            q = np.zeros_like(p); q[right] = p[right] / max(p[right].sum(), 1e-12); g = g + (p - q)[1:] @ x
        return total, g
    return minimize(loss, start, jac=True, method='L-BFGS-B', options=dict(maxiter=300)).x


def cut_figures(rows, w, threshold):
    found = two = whole = one = 0
    for x, right in rows:
        s = x @ w; best = int(np.argmax(s)) if len(s) else -1; cut = best >= 0 and s[best] > threshold
        if right == [0]: one += 1; whole += not cut
        else: two += 1; found += cut and best + 1 in right
    return found / max(1, two), whole / max(1, one), two, one


def main(features, gold, write):
    seen = {r['id']: r for r in map(json.loads, open(features, encoding='utf8'))}
    gold = [r for r in map(json.loads, open(gold, encoding='utf8')) if r['id'] in seen]
    fold = lambda r: zlib.crc32(str(r.get('group') or r['id']).encode()) % 5
    weights = table(); value = lambda m, f: next((float(r['value']) for r in weights if r['model'] == m and r['feature'] == f), 0.0)
    urgent = names('urgency.rs', 'URGENCY_FEATURES'); cues = names('split.rs', 'CUE_FEATURES') + names('split.rs', 'TOPIC_FEATURES')
    new = {}

    rows = [r for r in gold if r.get('urgency') is not None]
    x = np.array([seen[r['id']]['urgency'] for r in rows]); y = np.array([int(r['urgency']) for r in rows]); f = np.array([fold(r) for r in rows])
    start = np.array([[value(f'urgency.{k}', n) for n in urgent] for k in (1, 2)])
    kinds = np.array([r['id'][:1] for r in rows])
    say = lambda p: {k: round(macro_f1(y[kinds == k], p[kinds == k]), 3) for k in sorted(set(kinds))}
    print('urgency', len(rows), np.bincount(y, minlength=3).tolist(), 'as it is', say(decide(x, start)))
    best = None
    for balance in (0, .25, .5):
        cost = (len(y) / 3 / np.bincount(y, minlength=3).clip(1)) ** balance; cost = cost[y]
        for ridge in (1, 3, 10, 30):
            p = np.zeros_like(y)
            for k in range(5): p[f == k] = decide(x[f == k], fit_urgency(x[f != k], y[f != k], cost[f != k], start, ridge))
            figures = say(p); mean = np.mean(list(figures.values())); print('  balance', balance, 'ridge', ridge, figures)
            if best is None or mean > best[0]: best = (mean, fit_urgency(x, y, cost, start, ridge))
    for k in (0, 1): new.update({(f'urgency.{k + 1}', n): w for n, w in zip(urgent, best[1][k])})

    rows = [(r, seen[r['id']]['split']) for r in gold if r.get('second') or r.get('cut') is False]
    cases = []
    for r, places in rows:
        xs = np.array([p['x'] for p in places]).reshape(len(places), len(cues)); at = r['second']['start'] if r.get('second') else None
        right = [0] if at is None else [i + 1 for i, p in enumerate(places) if abs(p['at'] - at) <= NEAR]
        cases.append((xs, right, fold(r), r['id'][:1]))
    start = np.array([value('split', n) for n in cues]); threshold = value('split', 'threshold')
    sources = sorted({c[3] for c in cases})
    by_source = lambda rows, w, t: {s: cut_figures([r[:2] for r in rows if r[-1] == s], w, t) for s in sources}
    print('cut (found, whole, two, one) as it is', by_source(cases, start, threshold))
    best = None
    for ridge in (1, 3, 10):
        scored = []
        for k in range(5):
            w = fit_cut([(a, b) for a, b, c, _ in cases if c != k and b], start, ridge)
            scored += [((a @ w)[:, None] if len(a) else np.zeros((0, 1)), b, s) for a, b, c, s in cases if c == k]
        for t in np.arange(-3, 1.01, .25):
            figures = by_source(scored, np.ones(1), t); print('  ridge', ridge, 'threshold', t, {k: (round(f[0], 3), round(f[1], 3)) for k, f in figures.items()})
            # Whole texts must stay whole; of the settings that keep them, the one that finds most.
            found = float(np.mean([f[0] for f in figures.values()]))
            if min(f[1] for f in figures.values()) >= .955 and (best is None or found > best[0]): best = (found, ridge, t)
    if best:
        w = fit_cut([c[:2] for c in cases if c[1]], start, best[1]); new.update({('split', n): v for n, v in zip(cues, w)}); new['split', 'threshold'] = best[2]
    if write:
        for r in weights:
            if r['model'].startswith(write) and (r['model'], r['feature']) in new: r['value'] = f"{new.pop((r['model'], r['feature'])):.4f}"
        weights += [dict(model=m, feature=f, value=f'{w:.4f}') for (m, f), w in new.items() if m.startswith(write) and abs(w) >= 5e-5]
        with open(TABLE, 'w', encoding='utf8', newline='') as h:
            out = csv.DictWriter(h, ['model', 'feature', 'value'], lineterminator='\n'); out.writeheader(); out.writerows(weights)


if __name__ == '__main__': main(*sys.argv[1:3], sys.argv[4] if sys.argv[3:4] == ['--write'] else None)
