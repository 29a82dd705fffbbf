#!/usr/bin/env python3
"""Found outbreaks against false alarms on simulated cities: `jiesu hotspots` beside EARS C1-C3 and a plain z-score on the same series.

    python3 benches/hotspots/run.py [SEED ...]        # from the project's root; needs ../shared/checks/city.py and target/release/jiesu

For jiesu the wanted number of false alarms is set beforehand (--false-alarms) and what comes out is measured; the baselines get every
threshold in hindsight. Prints the table and writes benches/hotspots/tradeoff.svg."""
import datetime, json, math, os, subprocess, sys, tempfile
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, '..', 'shared', 'checks'))
import city

JIESU = os.environ.get('JIESU', os.path.join(ROOT, 'target', 'release', 'jiesu'))
CITIES = {'single x5': dict(factor=5.0), 'single x3': dict(factor=3.0), 'triple x2.5': dict(factor=2.5, cells=3, outbreaks=16)}
TARGETS = [0.1, 0.25, 0.5, 1, 2, 4]
FIRST = 90


def date(n): return str(city.D0 + datetime.timedelta(n))


def jiesu(events, days, target, folder):
    e, a, o = (os.path.join(folder, f) for f in ('e.jsonl', 'a.csv', 'o.jsonl'))
    if events is not None:
        with open(e, 'w') as h: h.writelines(json.dumps(x) + '\n' for x in events)
        with open(a, 'w') as h: h.write(city.area_table())
    subprocess.run([JIESU, 'hotspots', '--input', e, '--as-of', date(days - 1), '--from', date(FIRST), '--areas', a, '--output', o,
                    '--false-alarms', str(target)], check=True)
    with open(o) as h: return [json.loads(l) for l in h]


def series(events, days):
    out = {(a, t): [0] * days for a, _ in city.AREAS for t in city.TOPICS}
    for e in events: out[e['area'], e['topic']][(datetime.date.fromisoformat(e['time'][:10]) - city.D0).days] += 1
    return out


def standardised(s, t, first, last):
    w = s[t - first:t - last + 1]; m = sum(w) / len(w); v = sum((x - m) ** 2 for x in w) / (len(w) - 1)
    return (s[t] - m) / max(math.sqrt(v), .5)


def c2(s, t): return standardised(s, t, 9, 3)


STATISTICS = {
    'EARS C1': lambda s, t: standardised(s, t, 7, 1),
    'EARS C2': c2,
    'EARS C3': lambda s, t: sum(max(0, c2(s, t - k) - 1) for k in range(3)),
    'z-score 28 d': lambda s, t: standardised(s, t, 28, 1),
}


def baseline(table, statistic, days):
    return [(statistic(s, d), d, a, t) for (a, t), s in table.items() for d in range(FIRST, days)]


def alerts(values, threshold): return [dict(as_of=date(d), areas=[a], topic=t, scope='local') for v, d, a, t in values if v > threshold]


def mean(rows): return [sum(r[k] for r in rows) / len(rows) for k in ('found', 'false_month', 'delay')]


def main(seeds):
    curves = {}
    for name, kw in CITIES.items():
        per = {}
        for seed in seeds:
            events, truth, days = city.simulate(seed, **kw)
            with tempfile.TemporaryDirectory() as folder:
                for i, target in enumerate(TARGETS):
                    per.setdefault(('jiesu', target), []).append(city.score(jiesu(events if i == 0 else None, days, target, folder), truth))
            table = series(events, days)
            for label, statistic in STATISTICS.items():
                values = sorted(baseline(table, statistic, days), reverse=True)
                for n in (3, 6, 12, 25, 50, 100, 200, 400):  # the n highest values alarm
                    per.setdefault((label, n), []).append(city.score(alerts(values[:n], -math.inf), truth))
        print(f'\n{name}, seeds {seeds}: found, false alarms a month, delay (days)')
        for (label, setting), rows in per.items():
            found, false, delay = mean(rows)
            curves.setdefault(name, {}).setdefault(label, []).append((false, found))
            print(f'  {label:13} {setting:>6} {found:6.3f} {false:7.2f} {delay:6.1f}', flush=True)
    with open(os.path.join(ROOT, 'benches', 'hotspots', 'tradeoff.svg'), 'w') as h: h.write(plot(curves))


def plot(curves):
    colours = {'jiesu': '#c0392b', 'EARS C1': '#8fa6bb', 'EARS C2': '#5b6b7b', 'EARS C3': '#2f6fab', 'z-score 28 d': '#3b8f5a'}
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 330" font-family="sans-serif" font-size="12"><rect width="960" height="330" fill="#fff"/>']
    for i, (name, lines) in enumerate(curves.items()):
        x0, y0, w, h = 40 + 312 * i, 30, 270, 230
        X = lambda v: x0 + w * (math.log(max(v, .1)) - math.log(.1)) / (math.log(20) - math.log(.1))
        Y = lambda v: y0 + h * (1 - v)
        out.append(f'<text x="{x0}" y="20" font-size="14">{name}</text>')
        for v in (0, .25, .5, .75, 1): out.append(f'<line x1="{x0}" x2="{x0 + w}" y1="{Y(v)}" y2="{Y(v)}" stroke="#d8dfe6"/><text x="{x0 - 4}" y="{Y(v) + 4}" text-anchor="end">{v:g}</text>')
        for v in (.1, 1, 10): out.append(f'<text x="{X(v):.1f}" y="{y0 + h + 16}" text-anchor="middle">{v:g}</text>')
        for label, points in lines.items():
            pts = sorted((f, d) for f, d in points if f <= 20)
            out.append(f'<polyline fill="none" stroke="{colours[label]}" stroke-width="2" points="{" ".join(f"{X(f):.1f},{Y(d):.1f}" for f, d in pts)}"/>')
    out.append('<text x="480" y="294" text-anchor="middle">false alarms a month (log scale) against share of outbreaks found</text>')
    for i, (label, colour) in enumerate(colours.items()): out.append(f'<rect x="{130 + 145 * i}" y="306" width="14" height="10" fill="{colour}"/><text x="{150 + 145 * i}" y="315">{label}</text>')
    return '\n'.join(out) + '\n</svg>\n'


if __name__ == '__main__': main([int(s) for s in sys.argv[1:]] or [1, 2])
