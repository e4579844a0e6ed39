#!/usr/bin/env python3
"""How well do scores tell unusual images from usual ones? From two CSVs of `pixelcnn score`, of usual and of unusual images:

    auroc.py USUAL.csv UNUSUAL.csv COLUMN...      e.g. nats ratio_nats excess_bits

Prints, for each column, AUROC, the probability that an unusual image has the higher score than a usual one (ties count half), and
its 95 % interval by DeLong, DeLong and Clarke-Pearson (Biometrics 1988). Exits 1 if a file has no such column.
"""
import csv
import math
import sys


def read_columns(path, names):
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as f:
        rows = list(csv.DictReader(f))
    missing = [n for n in names if not rows or n not in rows[0]]
    if missing:
        sys.exit(f"{path}: no column {missing[0]}; pixelcnn score -against and -complexity write more")
    return {n: [float(r[n]) for r in rows] for n in names}


def midranks(x):
    """Ranks from 1; equal values share the mean of theirs."""
    order = sorted(range(len(x)), key=x.__getitem__)
    ranks = [0.0] * len(x)
    i = 0
    while i < len(x):
        j = i
        while j < len(x) and x[order[j]] == x[order[i]]:
            j += 1
        for k in range(i, j):
            ranks[order[k]] = (i + j + 1) / 2
        i = j
    return ranks


def variance(x):
    mean = sum(x) / len(x)
    return sum((v - mean) ** 2 for v in x) / (len(x) - 1)


def auroc(usual, unusual):
    """The area and its standard error."""
    m, n = len(unusual), len(usual)
    ranks = midranks(unusual + usual)
    above = [(r - own) / n for r, own in zip(ranks[:m], midranks(unusual))]  # share of usual images below each unusual one
    below = [1 - (r - own) / m for r, own in zip(ranks[m:], midranks(usual))]  # share of unusual images above each usual one
    area = sum(above) / m
    return area, math.sqrt(variance(above) / m + variance(below) / n)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    names = sys.argv[3:]
    usual, unusual = read_columns(sys.argv[1], names), read_columns(sys.argv[2], names)
    for name in names:
        area, error = auroc(usual[name], unusual[name])
        low, high = max(0, area - 1.96 * error), min(1, area + 1.96 * error)
        print(f"{name} {area:.4f} {low:.4f} {high:.4f} {len(usual[name])} {len(unusual[name])}")


if __name__ == "__main__":
    main()
