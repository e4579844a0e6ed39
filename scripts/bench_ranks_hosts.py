#!/usr/bin/env python3
"""Speed of a training on two hosts, which are network namespaces of this machine: bench_ranks_hosts.py [ROUNDS] [SECONDS] [MS...] (3, 20; 0 0.5).
For each net of CFGS (the three of cfg/bench), by scripts/bench_ranks.sh and in alternating rounds: one rank with two threads, two ranks without
a network, and two ranks with a host each, over TCP, on a plain pair of devices, and for each MS on a link on which a packet takes so many
milliseconds more.

A program passes on the packets of such a link (tests/slow_link.py), on the cores that the ranks compute on. So that it costs little, packets have
65,000 bytes, and so that it is in time, it goes before all other programs. What it costs all the same is seen twice: its share of a core is
printed, and with MS = 0 it passes on packets at once. The round trip is measured before, on the idle link. As root, from Debian's openmpi-bin
and iproute2."""
import glob
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, 'tests'))
os.chdir(TOP)
from hosts import Hosts  # noqa: E402

TICKS = os.sysconf('SC_CLK_TCK')
# Runs mpirun on the first host, and adds to FILE: seconds, and the relay's ticks in user and system mode before and after.
LAUNCHER = """#!/bin/bash
ticks() { [ ! -e /proc/%(pid)s/stat ] || cut -d' ' -f14,15 /proc/%(pid)s/stat; }
begin=$EPOCHREALTIME before=$(ticks)
%(command)s "$@"
status=$?
echo "$begin $EPOCHREALTIME $before $(ticks)" >>%(file)s
exit $status
"""


class Link:
    def __init__(self, folder, number, delay):
        self.delay, self.hosts = delay, Hosts(folder, number, delay)
        name = 'a_pair' if delay is None else f'{delay}_ms'
        self.launcher, self.file = os.path.join(folder, name), os.path.join(folder, f'relay{number}')
        words = [*self.hosts.on_first(), 'mpirun', *self.hosts.options(2)]
        with open(self.launcher, 'w') as f:
            f.write(LAUNCHER % {'pid': self.hosts.relay.pid if self.hosts.relay else 'none', 'file': self.file,
                                'command': ' '.join(f"'{x}'" for x in words)})
        os.chmod(self.launcher, 0o755)
        trips = self.hosts.round_trips(100)
        print(f'# {os.path.basename(self.launcher)}: a round trip takes {1000 * trips[50]:.3f} ms (median of 100; '
              f'{1000 * trips[0]:.3f} to {1000 * trips[99]:.3f})', flush=True)

    def relay_share(self):
        """Of a core, in the runs since the last call."""
        with open(self.file) as f:
            rows = [[float(x) for x in line.split()] for line in f]
        os.remove(self.file)
        return sum(r[4] + r[5] - r[2] - r[3] for r in rows) / TICKS / sum(r[1] - r[0] for r in rows)


rounds, seconds = (sys.argv[1:3] + ['3', '20'][len(sys.argv[1:3]):])
links = []
with tempfile.TemporaryDirectory() as folder:
    try:
        for i, delay in enumerate([None] + (sys.argv[3:] or ['0', '0.5'])):
            links.append(Link(folder, i, delay))
        runs = ['1x2', '2x1', *(f'2x1@{x.launcher}' for x in links)]
        for cfg in os.environ.get('CFGS', '').split() or sorted(glob.glob('cfg/bench/*.cfg')):
            subprocess.run(['scripts/bench_ranks.sh', rounds, seconds], env=dict(os.environ, RUNS=' '.join(runs), CFGS=cfg), check=True)
            shares = [f'{os.path.basename(x.launcher)}: {100 * x.relay_share():.2f} %' for x in links if x.hosts.relay]
            print(f'# the relay took of a core: {", ".join(shares)}', flush=True)
            for x in links:
                if os.path.exists(x.file):
                    os.remove(x.file)
    finally:
        for x in links:
            x.hosts.remove()
