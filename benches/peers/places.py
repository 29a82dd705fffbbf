#!/usr/bin/env python3
"""Place figures and speed of cpca, jionlp and jiesu on the same written requests (split `valid`), in one table.

usage: places.py [SHARED]   (default ../shared; peers: pip install cpca jionlp; a peer that is not installed is skipped)
jiesu's row comes from `cargo run --release --features train --example place_figures -- valid SHARED` (bundle learned from train rows).
"""
import contextlib, csv, io, json, pathlib, re, subprocess, sys, time

root = pathlib.Path(__file__).resolve().parents[2]
shared = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "../shared").resolve()
rows = [json.loads(l) for l in open(shared / "data/written/requests.jsonl", encoding="utf-8")]
rows = [r for r in rows if r["split"] == "valid"]
codes = {r["code"]: (r["name"], r["nbs_name"]) for r in csv.DictReader(open(shared / "geo/towns.csv", encoding="utf-8"))}
texts = [r["text"] for r in rows]

def share(pairs):
    pairs = list(pairs)
    return f"{sum(pairs) / len(pairs):.3f}" if pairs else "-"

def figures(answers, seconds):
    """answers: per row (district name or '', town name or '')"""
    both = list(zip(rows, answers))
    district = share(a[0] == r["gold"]["district"] for r, a in both if r["gold"]["district"])
    town = share(a[1] in codes.get(r["gold"]["towns"][0], ()) for r, a in both if len(r["gold"]["towns"]) == 1)
    none = share(not a[0] for r, a in both if r["loc_form"] == "none")
    return [district, town, "-", none, f"{len(rows) / seconds:,.0f}"]

def cpca_row():
    import cpca
    cpca.transform(texts[:1])
    t = time.perf_counter()
    df = cpca.transform(texts)
    spent = time.perf_counter() - t
    return figures([(d if isinstance(d, str) else "", "") for d in df["区"]], spent)

def jionlp_row():
    with contextlib.redirect_stdout(io.StringIO()):
        import jionlp
        jionlp.parse_location(texts[0], town_village=True)
        t = time.perf_counter()
        out = [jionlp.parse_location(x, town_village=True) for x in texts]
        spent = time.perf_counter() - t
    return figures([(o.get("county") or "", o.get("town") or "") for o in out], spent)

def jiesu_row():
    cmd = ["cargo", "run", "--release", "-q", "-p", "jiesu", "--features", "train", "--example", "place_figures", "--", "valid", str(shared)]
    out = subprocess.run(cmd, cwd=root, capture_output=True, text=True, check=True).stdout
    value = lambda name: re.search(rf"^{name}\s+([\d.]+)", out, re.M).group(1)[:5]
    speed = re.search(r"resolution: (\d+) texts", out).group(1)
    return [value("district"), value("town"), value("community"), value("none"), f"{int(speed):,} (70 characters)"]

print("| | district | town | community | no place | texts/s |\n|---|---|---|---|---|---|")
for name, row in (("cpca", cpca_row), ("jionlp", jionlp_row), ("jiesu", jiesu_row)):
    try:
        print(f"| {name} | " + " | ".join(row()) + " |", flush=True)
    except ImportError as e:
        print(f"{name}: not installed ({e})", file=sys.stderr)
