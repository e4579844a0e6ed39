#!/usr/bin/python3
"""Ratios of paired runs: bench_ratios.py RUNS.jsonl, as scripts/bench_against.sh writes them.

A round's ratio is new / old in speed, of two runs that follow each other. The interval is that of the sign test for the
median of the ratios: their k-th smallest to their k-th largest, with the largest k for which it covers the median with a
probability of at least 95 %. It assumes independent rounds and nothing of their distribution (a machine's noise is
skewed, with outliers that would widen or shift an interval built on a mean). For 7 rounds it is smallest to largest,
98.4 %. A ratio fails if its whole interval lies below 0.98. Exit status 1 if one does, 2 if a run or figure is missing.
"""
import json, math, sys

LIMIT, COVERAGE = 0.98, 0.95
# Key in the JSON of `pixelcnn bench`, and whether more is faster.
FIGURES = [('training_images_per_second', True), ('forward_images_per_second', True),
           ('forward_1_images_per_second', True), ('sampling_1_seconds', False), ('sampling_batch_seconds', False),
           ('sampling_256_seconds', False)]


def coverage(n, k):
    """Probability that the median lies from the k-th smallest to the k-th largest of n."""
    return 1 - 2 * sum(math.comb(n, i) for i in range(k)) / 2 ** n


def interval(ratios):
    """Median, lower and upper end, rank of the ends, coverage."""
    s, n = sorted(ratios), len(ratios)
    k = max((k for k in range(1, n // 2 + 1) if coverage(n, k) >= COVERAGE), default=0)
    if not k:
        give_up('%d rounds: too few for an interval of %g %%' % (n, 100 * COVERAGE))
    return (s[(n - 1) // 2] + s[n // 2]) / 2, s[k - 1], s[n - k], k


def read_runs(path):
    """{cfg: {which: [figures of round 1, 2, ...]}}, each round exactly once."""
    runs = {}
    for line in open(path):
        r = json.loads(line)
        of = runs.setdefault(r['cfg'], {'old': [], 'new': []})[r['which']]
        of.append(r['figures'])
        if len(of) != r['round']:
            give_up('%s: round %d of %s, %s is missing or there twice' % (path, len(of), r['which'], r['cfg']))
    return runs


def speed(figures, key, more):
    x = figures.get(key)
    if not isinstance(x, (int, float)) or not math.isfinite(x) or x <= 0:
        give_up('%s is %r: expected a number above 0' % (key, x))
    return x if more else 1 / x


def give_up(words):
    print('bench_ratios.py: ' + words, file=sys.stderr)
    sys.exit(2)


def main(path):
    runs, failed, judged = read_runs(path), 0, 0
    print('| cfg | figure | new / old | interval | coverage | |\n| --- | --- | ---: | ---: | ---: | --- |')
    for cfg, of in runs.items():
        if len(of['old']) != len(of['new']):
            give_up('%s: %d runs of old, %d of new' % (cfg, len(of['old']), len(of['new'])))
        for key, more in FIGURES:
            ratios = [speed(b, key, more) / speed(a, key, more) for a, b in zip(of['old'], of['new'])]
            median, low, high, k = interval(ratios)
            bad = high < LIMIT
            failed, judged = failed + bad, judged + 1
            print('| %s | %s | %.3f | %.3f to %.3f | %.1f %% | %s |' % (
                cfg, key, median, low, high, 100 * coverage(len(ratios), k), 'FAILS' if bad else ''))
    if not judged:
        give_up(path + ': no run')
    print('\n%d of %d ratios fail: whole interval below %g' % (failed, judged, LIMIT))
    sys.exit(failed > 0)


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
