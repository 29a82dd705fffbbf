"""What watches the series: the program, and what it is compared with. An alarm is (day, [areas], topic, value)."""
import csv, datetime, json, os, resource, shutil, subprocess, time
import numpy as np
from data import D0

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JIESU = os.environ.get('JIESU', os.path.join(ROOT, 'target', 'release', 'jiesu'))


def date(n): return str(D0 + datetime.timedelta(int(n)))


def write_events(city, folder, events=None):
    with open(os.path.join(folder, 'areas.csv'), 'w') as h: h.write(city.areas_csv())
    with open(os.path.join(folder, 'events.jsonl'), 'w') as h:
        if events is not None:
            h.writelines(json.dumps(e) + '\n' for e in events)
            return
        n = 0
        for d in range(city.days):
            day = date(d); a, t = np.nonzero(city.counts[:, :, d])
            for i, j, k in zip(a.tolist(), t.tolist(), city.counts[a, t, d].tolist()):
                for _ in range(k):
                    h.write(f'{{"id":"{n}","time":"{day}","area":"{city.areas[i]}","topic":"{city.topics[j]}"}}\n'); n += 1


def jiesu(city, folder, target, statistic='rates'):
    """Alarms with the wanted number of false ones set beforehand; city-wide surges are no local alarm."""
    out = os.path.join(folder, 'alerts.jsonl')
    subprocess.run([JIESU, 'hotspots', '--input', os.path.join(folder, 'events.jsonl'), '--areas', os.path.join(folder, 'areas.csv'), '--as-of', date(city.days - 1),
                    '--from', date(city.first), '--output', out, '--false-alarms', str(target), '--statistic', statistic], check=True, stderr=subprocess.DEVNULL)
    area = {a: i for i, a in enumerate(city.areas)}; topic = {t: i for i, t in enumerate(city.topics)}
    with open(out) as h: rows = [json.loads(l) for l in h]
    return [((datetime.date.fromisoformat(r['as_of']) - D0).days, [area[a] for a in r['areas']], topic[r['topic']], 0.) for r in rows if r['scope'] == 'local']


def moving(counts, first, last):
    """(x - mean) / sd of the days from `first` to `last` before each day; sd at least half."""
    length = first - last + 1
    sums = np.cumsum(np.concatenate([np.zeros_like(counts[..., :1], float), counts], axis=-1), axis=-1)
    squares = np.cumsum(np.concatenate([np.zeros_like(counts[..., :1], float), counts.astype(float) ** 2], axis=-1), axis=-1)
    z = np.full(counts.shape, -np.inf)
    d = np.arange(first, counts.shape[-1]); low, high = d - first, d - last + 1
    m = (sums[..., high] - sums[..., low]) / length
    v = ((squares[..., high] - squares[..., low]) - length * m * m) / (length - 1)
    z[..., first:] = (counts[..., first:] - m) / np.maximum(np.sqrt(np.maximum(v, 0)), .5)
    return z


def c3(counts):
    excess = np.maximum(0, moving(counts, 9, 3) - 1); out = excess.copy()
    out[..., 1:] += excess[..., :-1]; out[..., 2:] += excess[..., :-2]
    return out


STATISTICS = {'EARS C1': lambda c: moving(c, 7, 1), 'EARS C2': lambda c: moving(c, 9, 3), 'EARS C3': c3, 'z-score 28 d': lambda c: moving(c, 28, 1)}


def highest(city, values, most, every=1):
    """The `most` highest values from the first watched day on, as alarms, highest first."""
    watched = values[:, :, city.first // every:].copy(); watched[~np.isfinite(watched)] = -np.inf
    flat = watched.ravel(); most = min(most, flat.size)
    top = np.argpartition(-flat, most - 1)[:most]; top = top[np.argsort(-flat[top], kind='stable')]
    a, t, d = np.unravel_index(top, watched.shape)
    day = lambda d: city.first + d * every + every - 1
    return [(day(int(k)), [int(i)], int(j), float(flat[n])) for n, i, j, k in zip(top, a, t, d)]


def farrington(city, folder):
    """R surveillance's farringtonFlexible on weekly counts: (observed - expected) / (bound - expected) of each watched week; None without it."""
    if not shutil.which('Rscript') or subprocess.run(['Rscript', '-e', 'library(surveillance)'], capture_output=True).returncode: return None
    weeks = city.days // 7
    weekly = city.counts[:, :, :weeks * 7].reshape(len(city.areas), len(city.topics), weeks, 7).sum(axis=3)
    table, out = os.path.join(folder, 'weekly.csv'), os.path.join(folder, 'scores.csv')
    np.savetxt(table, weekly.reshape(-1, weeks).T, fmt='%d', delimiter=',')
    start = time.time()
    run = subprocess.run(['Rscript', os.path.join(ROOT, 'benches', 'hotspots', 'farrington.R'), table, out, str(city.first // 7 + 1)], capture_output=True, text=True)
    if run.returncode: raise SystemExit(run.stderr)
    scores = np.loadtxt(out, delimiter=',')
    values = np.full(weekly.shape, -np.inf)
    values[:, :, city.first // 7:] = scores.T.reshape(len(city.areas), len(city.topics), -1)
    return values, time.time() - start
