#!/usr/bin/env python3
"""Duplicate merging beside its peers on the same rows: pair F1, B3, throughput and memory, in one table.

    python3 benches/merge/peers.py [SIZE ...]      # default 10000 100000; from the project's root
    pip install rensa datasketch scikit-learn         # a peer that is not installed is skipped

Rows come from `cargo bench -p jiesu-benches --bench merge -- rows N FILE` (how they are made: benches/merge/rows.rs). Each method runs in a
process of its own on one core; a peer joins a row with the incident of its best match among the rows before it. The peers' thresholds
are the best of a few in hindsight, on the smallest size; jiesu's is the one it ships with. A peer gets TIMEOUT seconds."""
import collections, json, math, os, resource, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JIESU = os.environ.get('JIESU', os.path.join(ROOT, 'target', 'release', 'jiesu'))
TIMEOUT = int(os.environ.get('TIMEOUT', 600))


def shingles(text, n=3): return list({text[i:i + n] for i in range(max(1, len(text) - n + 1))})


class Union:
    def __init__(self, n): self.up = list(range(n))

    def find(self, i):
        while self.up[i] != i: self.up[i] = self.up[self.up[i]]; i = self.up[i]
        return i

    def join(self, a, b): self.up[self.find(a)] = self.find(b)


def clusters(n, matches):
    u = Union(n)
    for a, b in matches: u.join(a, b)
    return [u.find(i) for i in range(n)]


def rensa(texts, threshold):
    from rensa import RMinHash, RMinHashLSH
    lsh = RMinHashLSH(threshold=threshold, num_perm=128, num_bands=32); made = []; out = []
    for i, t in enumerate(texts):
        m = RMinHash(num_perm=128, seed=7); m.update(shingles(t)); made.append(m)
        for j in lsh.query(m):
            if m.jaccard(made[j]) >= threshold: out.append((i, j)); break
        lsh.insert(i, m)
    return clusters(len(texts), out)


def datasketch(texts, threshold):
    from datasketch import MinHash, MinHashLSH
    lsh = MinHashLSH(threshold=threshold, num_perm=128); out = []
    for i, t in enumerate(texts):
        m = MinHash(num_perm=128); m.update_batch([s.encode() for s in shingles(t)])
        out += [(i, int(j)) for j in lsh.query(m)[:1]]
        lsh.insert(str(i), m)
    return clusters(len(texts), out)


def simhash(texts, threshold):
    """Charikar's fingerprint of 64 bits, found by blocks of 64/(k+1) bits that must agree (Manku and others, WWW 2007)."""
    import hashlib
    import numpy as np
    k = int(threshold); bounds = [64 * b // (k + 1) for b in range(k + 2)]; tables = [collections.defaultdict(list) for _ in range(k + 1)]
    out = []; prints = []
    for i, t in enumerate(texts):
        h = np.array([list(hashlib.blake2b(s.encode(), digest_size=8).digest()) for s in shingles(t, 2)], dtype=np.uint8)
        bits = np.unpackbits(h, axis=1).sum(axis=0) * 2 > len(h)
        f = int.from_bytes(np.packbits(bits).tobytes(), 'big'); prints.append(f); best = None
        for b in range(k + 1):
            key = f >> bounds[b] & (1 << bounds[b + 1] - bounds[b]) - 1
            for j in tables[b][key]:
                d = bin(f ^ prints[j]).count('1')
                if d <= k and (best is None or d < best[0]): best = (d, j)
            tables[b][key].append(i)
        if best: out.append((i, best[1]))
    return clusters(len(texts), out)


def tfidf(texts, threshold):
    from sklearn.feature_extraction.text import TfidfVectorizer
    X = TfidfVectorizer(analyzer='char', ngram_range=(1, 3), min_df=2, sublinear_tf=True, dtype='float32').fit_transform(texts); out = []
    for a in range(0, len(texts), 500):
        S = (X[a:a + 500] @ X[:a + 500].T).tocsr()
        for r in range(S.shape[0]):
            row = S.indices[S.indptr[r]:S.indptr[r + 1]]; val = S.data[S.indptr[r]:S.indptr[r + 1]]
            keep = row < a + r
            if keep.any():
                j = val[keep].argmax()
                if val[keep][j] >= threshold: out.append((a + r, row[keep][j]))
    return clusters(len(texts), out)


PEERS = {'rensa': (rensa, [.2, .3, .4, .5]), 'datasketch': (datasketch, [.2, .3, .4, .5]), 'SimHash': (simhash, [3, 6, 9]), 'TF-IDF': (tfidf, [.3, .4, .5, .6])}


def quality(gold, told):
    cells = collections.Counter(zip(gold, told)); g = collections.Counter(gold); t = collections.Counter(told)
    pairs = lambda c: sum(v * (v - 1) / 2 for v in c.values())
    both = pairs(cells); p = both / max(1, pairs(t)); r = both / max(1, pairs(g)); n = len(gold)
    bp = sum(v * v / t[k[1]] for k, v in cells.items()) / n; br = sum(v * v / g[k[0]] for k, v in cells.items()) / n
    f = lambda p, r: 2 * p * r / (p + r) if p + r else 0
    return dict(p=p, r=r, f1=f(p, r), b3=f(bp, br))


def child(name, threshold, file):
    """Runs one peer; prints its clusters' quality with seconds and memory as JSON."""
    rows = [json.loads(l) for l in open(file, encoding='utf8')]; texts = [r['text'] for r in rows]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; start = time.process_time()
    told = PEERS[name][0](texts, threshold); seconds = time.process_time() - start
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / len(rows)
    print(json.dumps(dict(quality([r['matter'] for r in rows], told), rate=len(rows) / seconds, memory=memory)))


def peer(name, threshold, file):
    try:
        r = subprocess.run([sys.executable, __file__, '--child', name, str(threshold), file], capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f'not done in {TIMEOUT} s'
    return json.loads(r.stdout) if r.returncode == 0 else (r.stderr.strip().splitlines() or [f'ended with {r.returncode}'])[-1]


def jiesu(file, rows):
    out = file + '.out'; env = dict(os.environ, RAYON_NUM_THREADS='1')
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([JIESU, 'merge', '--input', file, '--output', out], check=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {r['id']: r['incident'] for r in map(json.loads, open(out, encoding='utf8'))}
    figures = quality([r['matter'] for r in rows], [told[r['id']] for r in rows])
    # Its memory alone is told by `cargo bench … -- speed N`; here files and answers are in it too.
    return dict(figures, rate=len(rows) / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), memory=float('nan'))


def main():
    sizes = [int(a) for a in sys.argv[1:]] or [10_000, 100_000]; folder = tempfile.mkdtemp(); best = {}; rates = collections.defaultdict(list)
    print(f'{"method":<18}{"rows":>9}{"pair P":>8}{"pair R":>8}{"F1":>7}{"B3":>7}{"rows/s":>9}{"bytes/row":>11}')
    for n in sizes:
        file = os.path.join(folder, f'{n}.jsonl')
        subprocess.run(['cargo', 'bench', '-q', '-p', 'jiesu-benches', '--bench', 'merge', '--', 'rows', str(n), file], cwd=ROOT, check=True)
        rows = [json.loads(l) for l in open(file, encoding='utf8')]
        for name in ['jiesu', *PEERS]:
            if name == 'jiesu':
                f = jiesu(file, rows); label = name
            else:
                tries = [best[name]] if name in best else PEERS[name][1]
                found = [(peer(name, t, file), t) for t in tries]; why = found[-1][0]
                found = [(f, t) for f, t in found if isinstance(f, dict)]
                if not found: print(f'{name:<18}{n:>9}  {why}', flush=True); continue
                f, best[name] = max(found, key=lambda x: x[0]['f1']); label = f'{name} {best[name]}'
            rates[name].append((n, n / f['rate']))
            print(f'{label:<18}{n:>9}{f["p"]:>8.3f}{f["r"]:>8.3f}{f["f1"]:>7.3f}{f["b3"]:>7.3f}{f["rate"]:>9.0f}{f["memory"]:>11.0f}', flush=True)
    for name, r in rates.items():
        if len(r) > 1: print(f'{name}: time grows as n^{math.log(r[-1][1] / r[0][1]) / math.log(r[-1][0] / r[0][0]):.2f}')


if __name__ == '__main__':
    if sys.argv[1:2] == ['--child']: child(sys.argv[2], float(sys.argv[3]), sys.argv[4])
    else: main()
