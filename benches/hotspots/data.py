"""The series of the bench: counts[area][topic, day] as numpy arrays, with outbreaks put in. All draws come from seeds."""
import collections, datetime, json, os
import numpy as np

D0 = datetime.date(2026, 1, 5)
WEEKDAY = np.array([1.15, 1.1, 1.05, 1, 1, .8, .75])


class City:
    """counts: areas x topics x days; parents: district of each area; truth: outbreaks (areas, topic, start, length)."""

    def __init__(self, counts, parents, first):
        self.counts, self.parents, self.first, self.truth = counts, parents, first, []
        self.areas = [f'A{i:03d}' for i in range(counts.shape[0])]
        self.topics = [f'T{i:03d}' for i in range(counts.shape[1])]
        self.days = counts.shape[2]

    def areas_csv(self):
        rows = [f'{a},{a},{p}\n' for a, p in zip(self.areas, self.parents)]
        return 'code,name,parent\n' + ''.join(f'{p},{p},\n' for p in sorted(set(self.parents))) + ''.join(rows)

    def inject(self, rng, number):
        """Outbreaks of varied size (x2 to x8), length (3 to 14 days), shape (step, ramp, hump) and spread (1 to 3 siblings), among cells of
        half a call a day or more; never two in one topic within two weeks."""
        mean = self.counts.mean(axis=2)
        cells = [(a, t) for a, t in zip(*np.nonzero(mean >= min(.5, np.quantile(mean, .9))))]
        rng.shuffle(cells)
        for a, t in cells:
            if len(self.truth) == number: break
            length, factor, spread = int(rng.integers(3, 15)), float(rng.uniform(2, 8)), int(rng.integers(1, 4))
            if self.days - self.first < length + 5: continue
            start = int(rng.integers(self.first, self.days - length + 1))
            siblings = [b for b in range(len(self.areas)) if self.parents[b] == self.parents[a] and b != a and mean[b, t] > 0]
            areas = [int(a)] + [int(b) for b in rng.permutation(siblings)[:spread - 1]]
            if any(t == o[1] and start < o[2] + o[3] + 14 and o[2] < start + length + 14 for o in self.truth): continue
            u = (np.arange(length) + 1) / length
            shape = [np.ones(length), 2 * u, 2 * np.sin(np.pi * (u - .5 / length))][int(rng.integers(3))]
            for b in areas: self.counts[b, t, start:start + length] += rng.poisson(mean[b, t] * (factor - 1) * shape)
            self.truth.append((areas, int(t), start, length))
        return self


def haikou(shared, seed):
    """Real daily counts by unit x district (a sample of the hotline's volume, so sparse), its days in another order, each weekday among
    themselves: what belongs to a day stays together, what lasts several days is gone."""
    rng = np.random.default_rng(seed)
    with open(os.path.join(shared, 'data', 'haikou.jsonl'), encoding='utf8') as h: rows = [r for r in map(json.loads, h) if r.get('natural') == 1]
    days = sorted({r['date'] for r in rows}); start = datetime.date.fromisoformat(days[0])
    at = lambda r: (datetime.date.fromisoformat(r['date']) - start).days
    units = [u for u, n in collections.Counter(r['unit_std'] for r in rows).most_common() if n >= 20]; unit = {u: i for i, u in enumerate(units)}
    places = sorted({r['district'] for r in rows}); place = {p: i for i, p in enumerate(places)}
    counts = np.zeros((len(places), len(units), max(map(at, rows)) + 1), int)
    for r in rows:
        if r['unit_std'] in unit: counts[place[r['district']], unit[r['unit_std']], at(r)] += 1
    order = np.arange(counts.shape[2])
    for w in range(7): order[w::7] = rng.permutation(order[w::7])
    return City(counts[:, :, order], ['H'] * len(places), 90)


def negative_binomial(rng, mean, phi): return rng.poisson(mean * rng.gamma(phi, 1 / phi, size=mean.shape))


def grid(seed, areas=343, topics=200, days=120, volume=.5):
    """68,600 series with weekday, trend and a dispersion of their own."""
    rng = np.random.default_rng(seed)
    base = np.exp(rng.normal(-.5, 1, (areas, topics))); base *= volume / base.mean()
    phi = rng.uniform(3, 15, (areas, topics))
    out = np.empty((areas, topics, days), np.int32)
    for d in range(days): out[:, :, d] = negative_binomial(rng, base * WEEKDAY[d % 7] * (1 + .0015 * d), phi)
    return City(out, [f'D{i // 21:02d}' for i in range(areas)], 90)


def years(seed, areas=50, topics=10, days=3 * 364):
    """500 series of three years with season besides; the last eight weeks are watched."""
    rng = np.random.default_rng(seed)
    base = np.exp(rng.normal(.2, .8, (areas, topics))); phi = rng.uniform(3, 15, (areas, topics)); swing = rng.uniform(0, .4, topics)
    out = np.empty((areas, topics, days), np.int32)
    for d in range(days):
        season = np.exp(swing * np.sin(2 * np.pi * (d / 365.25 + np.arange(topics) / topics)))
        out[:, :, d] = negative_binomial(rng, base * WEEKDAY[d % 7] * (1 + .0002 * d) * season, phi)
    return City(out, [f'D{i // 10}' for i in range(areas)], days - 56)


def simulated(city, seed, **kw):
    """A city of ../shared/checks/city.py (week 1 is history; surges, a gap and a chronic caller inside) and its events as they are."""
    events, truth, days = city.simulate(seed, **kw)
    areas = [a for a, _ in city.AREAS]; at = {a: i for i, a in enumerate(areas)}; topic = {t: i for i, t in enumerate(city.TOPICS)}
    counts = np.zeros((len(areas), len(topic), days), int)
    for e in events: counts[at[e['area']], topic[e['topic']], (datetime.date.fromisoformat(e['time'][:10]) - city.D0).days] += 1
    c = City(counts, [p for _, p in city.AREAS], 90); c.areas, c.topics = areas, city.TOPICS
    c.truth = [([at[a] for a in A], topic[t], s, length) for A, t, s, length, _ in truth]
    return c, events
