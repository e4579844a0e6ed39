#!/usr/bin/env python3
"""How much faster many ranks are, computed: ranks_on_paper.py BATCH NAME:IMAGES_PER_SECOND:PARAMETERS... An update of a rank that takes T takes
T / N + 2 (N - 1) a + 2 (N - 1) / N bytes / bandwidth on N ranks (base/rank_sum.h). Prints docs/cluster.md's table: for each of NETWORKS the share of
N times the speed if each rank has BATCH images (weak), and how many times as fast N ranks divide a batch of 1,024 (strong)."""
import sys

NETWORKS = {'10 Gbit/s': (30e-6, 10e9 / 8), '100 Gbit/s': (2e-6, 100e9 / 8)}  # seconds of a message, bytes a second
COLUMNS = [('weak', '10 Gbit/s'), ('strong', '10 Gbit/s'), ('strong', '100 Gbit/s')]
RANKS = (1, 2, 4, 16, 64, 256, 1024)


def exchange(n, parameters, network):
    a, bandwidth = NETWORKS[network]
    return 2 * (n - 1) * a + 2 * (n - 1) / n * parameters * 4 / bandwidth


def cell(kind, network, n, batch, rate, parameters):
    if n == 1:
        return '1'
    if kind == 'weak':
        own = batch / rate
        return f'{own / (own + exchange(n, parameters, network)):.2f}'
    whole = 1024 / rate
    return f'{whole / (whole / n + exchange(n, parameters, network)):.0f}'


batch = int(sys.argv[1])
nets = [(name, float(rate), int(parameters)) for name, rate, parameters in (x.split(':') for x in sys.argv[2:])]
heads = [(kind, network, net) for kind, network in COLUMNS for net in nets]
print('| ranks | ' + ' | '.join((f'{kind}, {network}: ' if net is nets[0] else '') + net[0] for kind, network, net in heads) + ' |')
print('| ---: ' * (1 + len(heads)) + '|')
for n in RANKS:
    print(f'| {n} | ' + ' | '.join(cell(kind, network, n, batch, *net[1:]) for kind, network, net in heads) + ' |')
