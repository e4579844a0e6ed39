"""Reads what `gcov --json-format --stdout` prints, prints a table, and writes the branches never taken: LEFT.txt."""
import json
import sys


def counts(file):
    """Lines and branches of a source file: how many there are, how many were taken, and which branches were not."""
    branches = [(line["line_number"], b["count"]) for line in file["lines"] for b in line["branches"]]
    lines = [line["count"] for line in file["lines"]]
    left = [number for number, count in branches if not count]
    return len(lines), sum(c > 0 for c in lines), len(branches), len(branches) - len(left), left


def percent(part, whole):
    return 100 * part / whole if whole else 100


def source_line(name, number):
    with open(name, encoding="utf-8") as f:
        return f.read().splitlines()[number - 1].strip()


def main(left_file):
    files = {}
    for text in sys.stdin:
        for file in json.loads(text)["files"]:
            if file["file"].startswith(("base/", "host/", "pixelcnn/")) and file["file"].endswith(".c"):
                files[file["file"]] = counts(file)
    total = [sum(f[i] for f in files.values()) for i in range(4)]
    with open(left_file, "w", encoding="utf-8") as out:
        for name, f in sorted(files.items()):
            for number in sorted(set(f[4])):
                print(f"{name}:{number}: {f[4].count(number)} of its branches: {source_line(name, number)}", file=out)
    print(f"{'file':32} {'lines':>6} {'%':>6} {'branches':>9} {'%':>6}")
    for name, f in sorted(files.items()) + [("total", total)]:
        print(f"{name:32} {f[0]:6} {percent(f[1], f[0]):6.1f} {f[2]:9} {percent(f[3], f[2]):6.1f}")


main(sys.argv[1])
