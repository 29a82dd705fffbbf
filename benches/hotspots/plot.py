"""The trade-off as SVG: false alarms a month (log scale) against the share of outbreaks found, a panel a kind of city."""
import math

COLOURS = {'jiesu': '#c0392b', 'EARS C1': '#b3a0c8', 'EARS C2': '#5b6b7b', 'EARS C3': '#2f6fab', 'z-score 28 d': '#3b8f5a', 'space–time permutation': '#7a1f5c', 'farringtonFlexible': '#c98a1b'}
WIDTH, HEIGHT, PER_ROW = 270, 210, 3


def plot(panels):
    rows = -(-len(panels) // PER_ROW)
    height = 50 + rows * (HEIGHT + 62) + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 {height}" font-family="sans-serif" font-size="12"><rect width="960" height="{height}" fill="#fff"/>']
    place = lambda i: 40 + 118 * i + 62 * (i > 5)
    for i, (label, colour) in enumerate(COLOURS.items()):
        out.append(f'<rect x="{place(i)}" y="12" width="14" height="10" fill="{colour}"/><text x="{place(i) + 20}" y="21">{label}</text>')
    for i, (name, curves) in enumerate(panels.items()):
        x0, y0 = 40 + 312 * (i % PER_ROW), 66 + (HEIGHT + 62) * (i // PER_ROW)
        X = lambda v: x0 + WIDTH * (math.log(max(v, .1)) - math.log(.1)) / (math.log(100) - math.log(.1))
        Y = lambda v: y0 + HEIGHT * (1 - v)
        out.append(f'<text x="{x0}" y="{y0 - 10}" font-size="14">{name}</text>')
        for v in (0, .25, .5, .75, 1): out.append(f'<line x1="{x0}" x2="{x0 + WIDTH}" y1="{Y(v)}" y2="{Y(v)}" stroke="#d8dfe6"/><text x="{x0 - 4}" y="{Y(v) + 4}" text-anchor="end">{v:g}</text>')
        for v in (.1, 1, 10, 100): out.append(f'<text x="{X(v):.1f}" y="{y0 + HEIGHT + 16}" text-anchor="middle">{"≤ 0.1" if v == .1 else f"{v:g}"}</text>')
        for label, points in curves.items():
            pts = sorted((p['false'], p['found']) for p in points if p['false'] <= 100)
            line = ' '.join(f'{X(f):.1f},{Y(d):.1f}' for f, d in pts)
            out.append(f'<polyline fill="none" stroke="{COLOURS[label]}" stroke-width="2" points="{line}"/>')
            if label == 'jiesu' or len(pts) == 1: out += [f'<circle cx="{X(f):.1f}" cy="{Y(d):.1f}" r="3" fill="{COLOURS[label]}"/>' for f, d in pts]
    out.append(f'<text x="480" y="{height - 12}" text-anchor="middle">false alarms a month (log scale) against the share of outbreaks found</text>')
    return '\n'.join(out) + '\n</svg>\n'
