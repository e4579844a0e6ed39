#!/usr/bin/env python3
"""Trainings on two hosts: two network namespaces, joined by a pair of virtual devices, each with a host name of its own; an agent stands in for ssh.
The same bits as one process, checkpoints that move, and the link cut in each phase of a training. SOAK=1 cuts it more often. Prints TAP."""
import os
import random
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hosts import Hosts  # noqa: E402
from phases import DATA, KEYS, Halted, prepare  # noqa: E402
from ranks import Tap, World, finish, left_behind, result  # noqa: E402

SOAK = os.environ.get('SOAK') == '1'
t, w = Tap(), World()


def cut_training(number, phase, outcome):
    """Cuts the link in that phase; the job ends on both hosts, and one process or three resume it."""
    name, hosts, r = f'cut{number}', Hosts(w.folder, number), random.Random(number)
    folder = w.path(name)
    halted = Halted(w, folder, phase, 2, r, hosts.start)
    hosts.cut()
    halted.go_on()
    begin = time.time()
    status = halted.run.end(60)
    seconds = time.time() - begin
    left, resumes = left_behind(folder, 8), halted.has_checkpoint()
    hosts.remove()
    named = [x for x in halted.run.lines if re.search(r'rank 1 on h2: no sign of life for 5 seconds', x)]
    ranks = r.choice((0, 3))
    resumed = finish(w, 'labels', name, ranks, moved=True, resumes=resumes or None, data=DATA, **KEYS)
    print(f'# link cut in phase {phase} ({halted.seen}): status {status} after {seconds:.1f} s; {ranks or "no"} ranks '
          f'{"resume" if resumes else "start over"}; {named[:1]}', flush=True)
    ok = halted.pids and status not in (0, None) and seconds < 30 and not left and (named or phase == 'setup')
    outcome[number] = (ok and resumed == undisturbed, phase, halted.run.lines[-15:], left, resumed)


wanted = {net: finish(w, net, f'{net}-1') for net in ('labels', 'colour')}
for digest in wanted.values():
    assert not digest.startswith('status'), digest
hosts = Hosts(w.folder)
for net, ranks in (('labels', 2), ('colour', 4)):
    got = finish(w, net, f'{net}-hosts', ranks, launch=hosts.start)
    t.check(f'{net}: {ranks} ranks on two hosts train what one process trains', got == wanted[net], got)
got = finish(w, 'labels', 'there', 2, steps=20, launch=hosts.start)
got = finish(w, 'labels', 'there', moved=True, resumes=True)
moved = result(w.path('labels-1'), 'labels', True)
t.check('a checkpoint of two hosts goes on in one process', got == moved, got)
got = finish(w, 'labels', 'back', steps=20)
got = finish(w, 'labels', 'back', 4, moved=True, resumes=True, launch=hosts.start)
t.check('and the other way round', got == moved, got)
hosts.remove()

if os.path.exists('/dev/net/tun'):
    slow = Hosts(w.folder, delay=2)
    trips = slow.round_trips(20)
    t.check('a slow link takes two milliseconds more for each way', .004 < trips[0] < trips[10] < .008, trips)
    got = finish(w, 'labels', 'slow', 2, launch=slow.start)
    t.check('and two ranks train the same over it', got == wanted['labels'], got)
    slow.remove()
else:
    t.skip('a slow link', 'no /dev/net/tun')

prepare(w)
undisturbed = finish(w, 'labels', 'undisturbed', moved=True, data=DATA, **KEYS)
cuts, outcome = ['setup', 'step', 'validation', 'save', 'step'] if SOAK else ['step'], {}
for i in range(0, len(cuts), 2):  # they mostly wait
    some = [threading.Thread(target=cut_training, args=(k + 1, cuts[k], outcome)) for k in range(i, min(i + 2, len(cuts)))]
    for x in some:
        x.start()
    for x in some:
        x.join()
for number, (ok, phase, lines, *more) in sorted(outcome.items()):
    t.check(f'the link cut in phase {phase} ends the job in 30 seconds on both hosts, and others resume it', ok, *lines, *more)
w.remove()
t.end()
