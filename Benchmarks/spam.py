#!/usr/bin/env python3
"""What each filter is to learn and to judge, and how well it did.

    spam.py plans CORPORA WORK          messages without the line of mbox files, and plans
    spam.py report WORK FILTER...       a table for each plan

A line of a plan is `op<TAB>label<TAB>path`: L learns, J judges, B judges and then learns.
"""
import csv
import hashlib
import os
import re
import sys

GROUPS = {"s": "sa", "t": "trec07p", "p": "phishing", "h": "enron", "l": "lists"}
# The score from which on a filter says spam by default, and the column it stands in.
DEFAULTS = {"postern": (2, 3.84), "whole": (0, 6.0), "reference": (2, 0.0), "bogofilter": (2, 0.99), "spamassassin": (2, 0.9), "rules": (3, 5.0)}


def group(path):
    return GROUPS[path[0]]


# MARK: plans

def plans(corpora, work):
    with open(f"{corpora}/manifest-ext.tsv") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        target = f"{work}/messages/{row['path']}"
        if os.path.exists(target):
            continue
        with open(f"{corpora}/{row['path']}", "rb") as file:
            octets = file.read()
        if octets.startswith(b"From "):
            octets = octets[octets.index(b"\n") + 1:]
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(octets)
    parts = {}
    for row in rows:
        parts.setdefault((row["collection"], row["label"]), []).append(row)
    first = {id(row) for part in parts.values() for row in part[:len(part) // 2]}

    def plan(name, learned, judged, op="J"):
        # The manifest is sorted by collection and class; what is learned comes mixed, by a hash of its path.
        lines = [f"L\t{row['label']}\t{row['path']}\n" for row in sorted(learned, key=lambda row: hashlib.sha256(row["path"].encode()).digest())]
        lines += [f"{op}\t{row['label']}\t{row['path']}\n" for row in judged]
        text = "".join(lines)
        path = f"{work}/plans/{name}.plan"
        if not os.path.exists(path) or open(path).read() != text:
            with open(path, "w") as file:
                file.write(text)

    plan("1-pooled", [row for row in rows if id(row) in first], [row for row in rows if id(row) not in first])
    plan("2-online", [], sorted((row for row in rows if group(row["path"]) == "trec07p"), key=lambda row: int(row["source_path"].rsplit(".", 1)[1])), "B")
    for place, name in enumerate(GROUPS.values()):
        plan(f"{3 + place}-without-{name}", [row for row in rows if id(row) in first and group(row["path"]) != name], [row for row in rows if group(row["path"]) == name])


# MARK: figures

def area_above(scored):
    """1-ROCA in percent: how often a ham scores above a spam; equal scores count half."""
    spam = sum(1 for _, is_spam, _ in scored if is_spam)
    ham = len(scored) - spam
    if not spam or not ham:
        return None
    scored = sorted(scored, key=lambda each: each[0])
    below = wrong = place = 0
    while place < len(scored):
        end = place
        here = [0, 0]
        while end < len(scored) and scored[end][0] == scored[place][0]:
            here[scored[end][1]] += 1
            end += 1
        wrong += here[0] * (below + 0.0)
        wrong += here[0] * here[1] / 2
        below += here[1]
        place = end
    # `below` counts spam under a ham: each is a pair in the wrong order.
    return 100 * wrong / (spam * ham)


def missed_at(scored, share):
    """Spam missed, in percent, where that share of ham is flagged."""
    ham = sorted((score for score, is_spam, _ in scored if not is_spam), reverse=True)
    spam = [score for score, is_spam, _ in scored if is_spam]
    if not ham or not spam:
        return None
    bound = ham[min(len(ham) - 1, int(share * len(ham)))]
    return 100 * sum(1 for score in spam if score <= bound) / len(spam)


def rates(scored, threshold):
    ham = [score for score, is_spam, _ in scored if not is_spam]
    spam = [score for score, is_spam, _ in scored if is_spam]
    flagged = 100 * sum(1 for score in ham if score >= threshold) / len(ham) if ham else None
    missed = 100 * sum(1 for score in spam if score < threshold) / len(spam) if spam else None
    return flagged, missed


def weights():
    """The points of each code in the policy that is shipped."""
    rows = (re.match(r"  ([a-z][a-z0-9_.]*): *(?:\{weight: *)?(-?[0-9.]+)", line) for line in open("deploy/policy.yaml"))
    return {row[1]: float(row[2]) for row in rows if row}


def whole(row, points):
    """The score that policy makes of the classifier and the content rules together; see SpamFindings.swift."""
    logit, known = float(row[2]), float(row[4])
    familiarity = min(max((known - 0.7) / 0.14, 0), 1)
    learned = abs(logit) / (abs(logit) + 2.24) * (points["spam.likely"] if logit >= 0 else points["spam.unlikely"])
    return learned + (1 - familiarity * abs(logit) / (abs(logit) + 1)) * sum(points.get(code, 0) for code in row[11].split(","))


def answers(work, filter_name, plan):
    if filter_name == "whole":
        path = f"{work}/answers/postern.{plan}"
        if not os.path.exists(path):
            return None
        points = weights()
        return [(whole(row, points), row[0] == "spam", row[1]) for row in (line.rstrip("\n").split("\t") for line in open(path))]
    name, column = ("spamassassin", 3) if filter_name == "rules" else (filter_name, DEFAULTS[filter_name][0])
    path = f"{work}/answers/{name}.{plan}"
    if not os.path.exists(path):
        return None
    rows = [line.rstrip("\n").split("\t") for line in open(path)]
    if any(len(row) <= column for row in rows):
        return None
    return [(float(row[column]), row[0] == "spam", row[1]) for row in rows]


def suspects(work, plan, filters):
    """Messages whose label all peers that were asked contradict with certainty; Postern has no say."""
    sure = {"reference": (-4, 4), "bogofilter": (0.05, 0.99), "spamassassin": (0.05, 0.99)}
    votes, voters = None, 0
    for name in filters:
        if name not in sure or (found := answers(work, name, plan)) is None:
            continue
        low, high = sure[name]
        mine = {path for score, is_spam, path in found if (score <= low if is_spam else score >= high)}
        votes = mine if votes is None else votes & mine
        voters += 1
    return votes if votes and voters > 1 else set()


def cell(number, digits):
    return "      –" if number is None else f"{number:7.{digits}f}"


def line(name, scored, threshold):
    flagged, missed = rates(scored, threshold)
    print(f"    {name:<16}{cell(area_above(scored), 4)}  {cell(flagged, 2)}  {cell(missed, 2)}  {cell(missed_at(scored, 0.001), 2)}  {cell(missed_at(scored, 0.01), 2)}")


def report(work, filters):
    if "postern" in filters:
        filters = ["postern", "whole"] + [name for name in filters if name != "postern"]
    if "spamassassin" in filters:
        filters = filters + ["rules"]
    for plan in sorted(os.listdir(f"{work}/plans")):
        plan = plan.removesuffix(".plan")
        doubtful = suspects(work, plan, filters)
        known = {name: found for name in filters if (found := answers(work, name, plan)) is not None}
        if not known:
            continue
        some = next(iter(known.values()))
        print(f"\n== {plan}: {sum(1 for each in some if not each[1])} ham, {sum(1 for each in some if each[1])} spam; labels in doubt: {len(doubtful)}")
        print("    filter          1-ROCA %  ham flagged  spam missed, by default | at 0.1 % | at 1 % of ham flagged")
        kinds = [("", lambda path: True)]
        if doubtful:
            kinds.append(("without labels in doubt", lambda path: path not in doubtful))
        if "pooled" in plan:
            kinds += [(name, lambda path, name=name: group(path) == name) for name in sorted({group(path) for _, _, path in some})]
            kinds += [(name, lambda path, name=name: path.startswith(name + "/")) for name in sorted({path.split("/")[0] for _, _, path in some})]
        for title, holds in kinds:
            if title:
                print(f"  {title}")
            for name, found in known.items():
                line(name, [each for each in found if holds(each[2])], DEFAULTS[name][1])


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "plans":
        plans(sys.argv[2], sys.argv[3])
    elif len(sys.argv) > 3 and sys.argv[1] == "report":
        report(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(__doc__)
