"""Makes models/samples/requests.jsonl from the open corpus: 600 requests with invented times and callers.

Reports of one event fall within five days; the events of one topic in one district are drawn towards the last week, so that the demo has
something to find. Deterministic: run it again and the file does not change.
"""
import datetime
import json
import pathlib
import random

here = pathlib.Path(__file__).parent
rows = [json.loads(line) for line in open(here.parent / "corpus" / "requests.jsonl", encoding="utf8")]
rng = random.Random(12345)
start = datetime.datetime(2026, 1, 5, 8)
events = [r for r in rows if r["incident"]]
others = [r for r in rows if not r["incident"] and not r.get("trap")]
rng.shuffle(others)
first_day, out = {}, []
for row in events + others[: 600 - len(events)]:
    key = row["incident"] or row["id"]
    day = first_day.setdefault(key, rng.randrange(55))
    if row["problem"] == "0301" and row["gold"]["district"] == "朝阳区":
        day = 52 + rng.randrange(4)
    time = start + datetime.timedelta(days=day + (rng.randrange(5) if row["incident"] else 0), minutes=rng.randrange(720))
    channel = "电话" if row["style"].startswith(("市民口语", "语音", "老人", "话务员", "情绪")) else "网络"
    out.append((time, row["id"], channel, row["text"]))
out.sort()
with open(here / "requests.jsonl", "w", encoding="utf8") as f:
    for n, (time, _, channel, text) in enumerate(out, 1):
        row = {"id": f"S{n:04}", "text": text, "received_at": time.isoformat(sep=" "), "channel": channel, "caller": f"c{rng.randrange(10**6):06}"}
        f.write(json.dumps(row, ensure_ascii=False) + "\n")
