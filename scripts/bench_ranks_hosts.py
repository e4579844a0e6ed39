#!/usr/bin/env python3
"""Speed of a training on two hosts, which are network namespaces of this machine: bench_ranks_hosts.py [ROUNDS] [SECONDS] [MS...] (3, 20; a plain
link, then 0.5). What scripts/bench_ranks.sh prints, with two ranks on one host each, over TCP; for each MS over a link on which each packet takes
so many milliseconds more, by a relay that needs some of the machine itself. As root, from Debian's openmpi-bin and iproute2."""
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, 'tests'))
os.chdir(TOP)
from hosts import Hosts  # noqa: E402

rounds, seconds = (sys.argv[1:3] + ['3', '20'][len(sys.argv[1:3]):])
with tempfile.TemporaryDirectory() as folder:
    launch = os.path.join(folder, 'mpirun')
    for delay in [None] + (sys.argv[3:] or ['0.5']):
        hosts = Hosts(folder, delay=delay)
        with open(launch, 'w') as f:
            words = [*hosts.on_first(), 'mpirun', *hosts.options(2)]
            f.write('#!/bin/bash\nexec ' + ' '.join(f"'{x}'" for x in words) + ' "$@"\n')
        os.chmod(launch, 0o755)
        print(f'# {"a plain link" if delay is None else f"{delay} ms more for each packet"}', flush=True)
        try:
            subprocess.run(['scripts/bench_ranks.sh', rounds, seconds], env=dict(os.environ, MPIRUN=launch), check=True)
        finally:
            hosts.remove()
