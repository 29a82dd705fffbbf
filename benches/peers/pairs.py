#!/usr/bin/env python3
"""Same matter or not, by grouped cross-validation over all labelled pairs: a plain random forest over 17 features beside our features.

    cargo run --release -p jiesu --features cli --bin jiesu -- bundle build --models models --shared ../shared --train-only -o BUNDLE
    cargo build --release -p jiesu --features cli --example pair_features
    python3 benches/peers/pairs.py BUNDLE [../shared]

Pairs that share a record, or orders of the same words, share a fold (five folds, four shuffles). Only the careful labels (`pairs.tsv`) are judged;
`models/labels/pairs.tsv` is learned from as well by ours, at 0.6. LightGBM with the settings of `incident/boost.rs` stands for our trees, without
the written pairs. Needs scikit-learn and lightgbm."""
import collections, csv, datetime, json, math, os, random, re, subprocess, sys
import lightgbm, numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer

BUNDLE, SHARED = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else '../shared'
lines = lambda f: [json.loads(l) for l in open(f'{SHARED}/data/{f}.jsonl', encoding='utf8') if l.strip()]
table = lambda f: list(csv.DictReader(open(f, encoding='utf8'), delimiter='\t'))
REC, CORPUS = {}, {'orders': [], 'messages': []}
for r in lines('stream_2019'):
    REC[r['id']] = dict(title=r['title'], text=r['detail'], received_at=r['time'], caller=r['user']); CORPUS['messages'].append(f"{r['title']}\n{r['detail']}")
for r in lines('haikou') + lines('pairs_extra'):
    REC[r['id']] = dict(text=r['text'], received_at=r['date']); CORPUS['orders'].append(r['text'])
careful = table(f'{SHARED}/data/pairs.tsv'); PAIRS = careful + table('models/labels/pairs.tsv')
Y = np.array([p['label'] == 'S' for p in PAIRS]); SRC = np.array([p['source'] for p in PAIRS]); CAREFUL = np.arange(len(PAIRS)) < len(careful)
text = lambda i: '\n'.join(filter(None, (REC[i].get('title'), REC[i]['text'])))
bare = lambda i: re.sub(r'^\s*市民\S{0,6}(反映|咨询|投诉)\s*[:：]|的问题|[^\u4e00-\u9fffA-Za-z0-9]', '', text(i))


def components():
    up = {}
    def top(x):
        while up.setdefault(x, x) != x: x = up[x]
        return x
    for p in PAIRS:
        up[top(p['a'])] = top(p['b'])
        if p['source'] == 'orders':
            for i in (p['a'], p['b']): up[top(i)] = top('text ' + bare(i))
    return [top(p['a']) for p in PAIRS]


def plain(source):
    """17 features: cosines of n-grams, shared and differing numbers and places, time, caller, lengths, rarest shared n-gram, containment."""
    which = np.where(SRC == source)[0]; ids = sorted({PAIRS[k][s] for k in which for s in 'ab'}); at = {i: n for n, i in enumerate(ids)}; T = [text(i) for i in ids]
    V = []
    for span in ((1, 3), (1, 1), (2, 2), (3, 3), (2, 4)):
        v = TfidfVectorizer(analyzer='char', ngram_range=span, sublinear_tf=True).fit(CORPUS[source]); V.append((v, v.transform(T).tocsr()))
    number = re.compile(r'\d+|[一二三四五六七八九十百千万两]{2,}')
    place = re.compile(r'[\u4e00-\u9fffA-Za-z0-9]{1,4}?(?:大道|路|街|巷|桥|小区|花园|苑|村|城|园|广场|大厦|镇|区|县|市|公司|学校|中学|小学|医院|市场)')
    day = lambda i: datetime.datetime.fromisoformat(REC[i]['received_at'].replace('/', '-')).timestamp() / 86400
    for k in which:
        a, b = PAIRS[k]['a'], PAIRS[k]['b']; i, j = at[a], at[b]; x = [M[i].multiply(M[j]).sum() for _, M in V]
        for (v, M) in V[2:4]:
            p, q = set(M[i].indices), set(M[j].indices); w = lambda s: sum(v.idf_[n] for n in s)
            x.append(max((v.idf_[n] for n in p & q), default=0))
            if v is V[2][0]: x += [len(p & q) / max(1, min(len(p), len(q))), w(p & q) / max(1e-9, min(w(p), w(q)))]
        for r in (number, place): p, q = set(r.findall(T[i])), set(r.findall(T[j])); x += [len(p & q), len(p ^ q)]
        caller = REC[a].get('caller')
        yield k, x + [abs(day(a) - day(b)), bool(caller) and caller == REC[b].get('caller'), min(len(T[i]), len(T[j])), max(len(T[i]), len(T[j]))]


def auc(y, s): d = s[y][:, None] - s[~y][None]; return (d > 0).mean() + (d == 0).mean() / 2
def recall(y, s): n = np.sort(s[~y])[::-1]; return (s[y] > n[int(.1 * len(n))]).mean()


def judge(name, fit):
    out = collections.defaultdict(list)
    for seed in range(4):
        rng = random.Random(seed); size = [0] * 5; fold = {}
        order = sorted(COUNT); rng.shuffle(order)
        for c in sorted(order, key=lambda c: -min(COUNT[c], 13)):
            fold[c] = min(range(5), key=lambda k: (size[k], rng.random())); size[fold[c]] += COUNT[c]
        f = np.array([fold[c] for c in COMPONENT]); s = np.zeros(len(PAIRS))
        for k in range(5): s[f == k] = fit(f != k, f == k, seed * 10 + k)
        for source in ('orders', 'messages'):
            m = (SRC == source) & CAREFUL; out[source].append((auc(Y[m], s[m]), recall(Y[m], s[m])))
    print(f'{name:40}', *(f'{s}: AUC {np.mean([o[0] for o in v]):.3f}, recall at 10% false positives {np.mean([o[1] for o in v]):.3f};' for s, v in out.items()), flush=True)


def forest(x, keep):
    return lambda a, b, seed: RandomForestClassifier(500, min_samples_leaf=2, random_state=seed).fit(x[a & keep], Y[a & keep]).predict_proba(x[b])[:, 1]


def boosted(x, keep):
    settings = dict(objective='binary', num_leaves=8, max_depth=3, learning_rate=.08, bagging_fraction=.6, bagging_freq=1, feature_fraction=.4, min_data_in_leaf=5, lambda_l2=1,
                    max_bin=63, min_sum_hessian_in_leaf=.01, verbose=-1, num_threads=1, deterministic=True)
    fit = lambda a, seed: lightgbm.train({**settings, 'seed': seed}, lightgbm.Dataset(x[a], Y[a].astype(int), weight=np.where(CAREFUL, 1, .6)[a]), 250)
    return lambda a, b, seed: fit(a & keep, seed).predict(x[b], raw_score=True)


COMPONENT = components(); COUNT = collections.Counter(COMPONENT)
rows = '\n'.join(json.dumps({s: REC[p[s]] for s in 'ab'}, ensure_ascii=False) for p in PAIRS)
answers = subprocess.run(['target/release/examples/pair_features', BUNDLE], input=rows, capture_output=True, text=True, check=True).stdout
OURS = np.array([[np.nan if v is None else v for v in json.loads(l)] for l in answers.splitlines()]); PLAIN = np.zeros((len(PAIRS), 17))
for source in CORPUS:
    for k, x in plain(source): PLAIN[k] = x
judge('17 plain features, random forest', forest(PLAIN, CAREFUL))
judge('our features, careful labels only', boosted(OURS, CAREFUL))
judge('our features, all labels', boosted(OURS, CAREFUL | True))
