#!/usr/bin/env python3
"""The plain baseline of the shipped classifiers: TF-IDF of characters 1-3 with LinearSVC, learned from the same train rows at the same weights.

usage: shipped.py [SHARED]   (default ../shared; from the project's root; pip install scikit-learn)

Prints, for the hand labels' valid rows, accuracy (problem: F1; type: macro-F1 besides) from the real labels alone, then the domain on real and
on written valid rows with the written requests learned too. Beside it: `BUNDLE=F ../shared/checks/{hand,place}.py`.
"""
import csv
import json
import os
import sys

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import chi2
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

SHARED = sys.argv[1] if len(sys.argv) > 1 else '../shared'
FILES = ('haikou', 'messages_labelled', 'messages_unlabelled', 'stream_2019', 'replies', 'beijing_letters')


def jsonl(path):
    with open(path, encoding='utf8') as h: return [json.loads(l) for l in h]


def tsv(path):
    with open(path, encoding='utf8') as h: return [r | {'type': r['type'].replace('R', 'P')} for r in csv.DictReader(h, delimiter='\t')]


def text(r): return ((r.get('title') or '') + '｜' + r['detail'][:240]) if 'detail' in r else r['text'][:240]


def learn(rows, *tests, least=2, best=None):
    """Answers to each of `tests` after learning (text, label, weight) rows; `best` features by chi-square where given."""
    texts, labels, weights = zip(*rows); v = TfidfVectorizer(analyzer='char', ngram_range=(1, 3), min_df=least, sublinear_tf=True)
    x = v.fit_transform(texts); keep = np.argsort(-chi2(x, labels)[0])[:best] if best else slice(None)
    model = LinearSVC(C=.5).fit(x[:, keep], labels, weights)
    return x.shape[1], [model.predict(v.transform(t)[:, keep]) for t in tests]


source = {r['id']: text(r) for f in FILES for r in jsonl(f'{SHARED}/data/{f}.jsonl')}
hand = tsv(f'{SHARED}/data/labels/hand.tsv'); valid = [r for r in hand if r['split'] == 'valid']; texts = [source[r['id']] for r in valid]
real = [(r, 1.0) for r in hand if r['split'] == 'train'] + [(r, .8) for r in tsv('models/labels/annotated.tsv')]
written = jsonl('models/corpus/requests.jsonl'); held = [r for r in written if r['split'] == 'valid']
more = [(r['text'], r['domain'], 3.0) for r in written if r['split'] == 'train'] + [(r['text'], r['domain'], 1.2) for r in jsonl('models/corpus/topics.jsonl')]
right = lambda answers, rows: round(float(np.mean([a == r['domain'] for a, r in zip(answers, rows)])), 3)

for task in ('type', 'level', 'unit', 'problem'):
    y = [r[task] for r in valid]; _, (p,) = learn([(source[r['id']], r[task], w) for r, w in real], texts)
    both = sum(a == b != '00' for a, b in zip(p, y)); f1 = 2 * both / (sum(a != '00' for a in p) + sum(b != '00' for b in y))
    classes = [c for c in set(y) if y.count(c) >= 20]
    say = {'problem': {'F1': round(f1, 3)}, 'type': {'macro-F1': round(f1_score(y, p, labels=classes, average='macro'), 3)}}.get(task, {})
    print(task, {'accuracy': round(float(np.mean(p == np.array(y))), 3)} | say, flush=True)
domains = [(source[r['id']], r['domain'], w) for r, w in real]
for name, rows, least, best in (('real', domains, 2, None), ('with written', domains + more, 2, None), ('in 5 texts', domains + more, 5, None), ('best 18,000', domains + more, 5, 18000)):
    n, (a, b) = learn(rows, texts, [r['text'] for r in held], least=least, best=best)
    print('domain,', name, n, 'features: real', right(a, valid), 'written', right(b, held), flush=True)
