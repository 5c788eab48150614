#!/usr/bin/env python3
"""table.py RESULTS PEAK_RSS_MB: medians of the rounds and their ratios."""
import json
import statistics
import sys

rows = {}
for line in open(sys.argv[1]):
    row = json.loads(line)
    rows.setdefault((row["label"], row["class"]), []).append(row)
names = {"S": "small", "A": "whole mix"}


def median(label, cls, key):
    return statistics.median(row[key] for row in rows[label, cls])


print("| class | product | messages/s | p50 ms | p99 ms | not 200 |")
print("|---|---|---|---|---|---|")
for cls in ("S", "A"):
    for label in ("rspamd", "postern"):
        bad = sum(row["nonok"] + row["errors"] for row in rows[label, cls])
        print(f"| {names[cls]} | {label} | {median(label, cls, 'rate'):.0f} | {median(label, cls, 'p50'):.2f} | {median(label, cls, 'p99'):.2f} | {bad} |")
for cls in ("S", "A"):
    pairs = [ours["rate"] / theirs["rate"] for ours, theirs in zip(rows["postern", cls], rows["rspamd", cls])]
    print(f"{names[cls]}: {statistics.median(pairs):.2f} times rspamd's messages a second (rounds {', '.join(f'{each:.2f}' for each in pairs)}); "
          f"p99 {median('postern', cls, 'p99'):.2f} ms against its p50 of {median('rspamd', cls, 'p50'):.2f} ms")
print(f"peak RSS of postern without PostgreSQL: {sys.argv[2]} MB")
