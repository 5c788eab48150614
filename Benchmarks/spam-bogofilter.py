#!/usr/bin/env python3
"""spam-bogofilter.py MESSAGES PLAN OUT: runs a plan with bogofilter as it comes. A line `label<TAB>path<TAB>spamicity` for each judgement."""
import subprocess
import sys
import tempfile


def run(messages, plan, out):
    lines = [line.rstrip("\n").split("\t") for line in open(plan)]
    with tempfile.TemporaryDirectory() as folder, open(out, "w") as answers:
        base = ["bogofilter", "-C", "-d", folder]
        for label, flag in (("spam", "-s"), ("ham", "-n")):
            names = [path for op, of, path in lines if op == "L" and of == label]
            if names:
                subprocess.run(base + [flag, "-b"], input="\n".join(names).encode() + b"\n", cwd=messages, check=True)
        judged = [path for op, _, path in lines if op == "J"]
        scores = {}
        if judged:
            done = subprocess.run(base + ["-TT", "-b"], input="\n".join(judged).encode() + b"\n", cwd=messages, stdout=subprocess.PIPE)
            scores = {words[0]: words[1] for words in map(str.split, done.stdout.decode().splitlines())}
        has_learned = False
        for op, label, path in lines:
            if op == "J":
                answers.write(f"{label}\t{path}\t{scores[path]}\n")
            if op != "B":
                continue
            message = open(f"{messages}/{path}", "rb").read()
            score = "0.5"
            if has_learned:
                score = subprocess.run(base + ["-TT"], input=message, stdout=subprocess.PIPE).stdout.decode().split()[0]
            answers.write(f"{label}\t{path}\t{score}\n")
            subprocess.run(base + ["-s" if label == "spam" else "-n"], input=message, check=True)
            has_learned = True


if __name__ == "__main__":
    run(*sys.argv[1:])
