#!/usr/bin/env python3
"""Ranks with an emulated device each, for tests/cuemu/test_ranks_devices.sh: the weights of one device up to rounding, the same number of ranks
the same bits, checkpoints that move, a rank that dies while the others wait in NCCL. Prints TAP."""
import array
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ranks import HOST, NETS, Tap, World, left_behind, ranks_of, start, train  # noqa: E402

os.environ.update(CUEMU_DEVICES='3', CUEMU_GUARD='0')
BUILDS = {'host memory': os.path.abspath('build/emu-mpi/darknet'), 'NCCL': os.path.abspath('build/emu-nccl-mpi/darknet')}
HEADER = 20  # bytes of a weights file
STEPS = 6
t, w = Tap(), World()


class Failed(Exception):
    pass


def weights(net, name, ranks, way, steps=STEPS, more=()):
    """The final weights, and the losses of the log."""
    run = start(train(w.cfg(net, steps), w.data(NETS[net][2]), w.path(name), *more), ranks, program=BUILDS[way])
    if run.end(300):
        raise Failed('\n'.join(run.lines))
    with open(w.path(f'{name}/{net}_final.weights'), 'rb') as f:
        floats = array.array('f')
        floats.frombytes(f.read()[HEADER:])
    with open(w.path(f'{name}/{net}.csv')) as f:
        losses = [float(x[3]) for x in (line.split(',') for line in f) if x[0].isdigit() and x[3]]
    return floats, losses


def largest_difference(a, b):
    assert len(a) == len(b) and a
    return max(abs(x - y) for x, y in zip(a, b))


def compare(net, ranks, way, one):
    name = f'{net}-{ranks}-{way[:4]}'
    many, again = weights(net, name, ranks, way), weights(net, f'{name}-again', ranks, way)
    differences = [largest_difference(a, b) for a, b in zip(one, many)]
    print(f'# {net}, {ranks} ranks by {way}: differ from one device by at most {differences[0]:.3g} in a weight, {differences[1]:.3g} in a loss')
    t.check(f'{net}: {ranks} ranks train what one device trains, up to rounding, by {way}', max(differences) < 1e-4)
    t.check(f'{net}: twice the same to the bit', many == again)


def resumed(net, way, one):
    """3 steps by two ranks, the rest by one process."""
    weights(net, f'moved-{way[:4]}', 2, way, STEPS // 2)
    there, _ = weights(net, f'moved-{way[:4]}', 0, way)
    t.check(f'{net}: a checkpoint of two devices goes on on one, by {way}', largest_difference(there, one[0]) < 1e-4)


def killed(way):
    """While the others wait in a sum."""
    name = w.path(f'killed-{way[:4]}')
    run = start(train(w.cfg('labels', 100000), w.data(1), name), 2, program=BUILDS[way])
    run.wait_for('bits/dim')
    os.kill(ranks_of(name)[1], signal.SIGKILL)
    status = run.end(40)
    t.check(f'a rank that is killed ends the other, by {way}', status not in (0, None) and run.seconds < 60 and not left_behind(name)
            and any(re.search(rf'rank 1 .*(on|node) {HOST}', x) for x in run.lines), f'status {status}', *run.lines[-12:])


def stopped(way):
    """The other waits in a sum, for ever if it were for NCCL; the watch ends it."""
    name = w.path(f'stopped-{way[:4]}')
    run = start(train(w.cfg('labels', 100000), w.data(1), name), 2, program=BUILDS[way])
    run.wait_for('bits/dim')
    pid = ranks_of(name)[1]
    os.kill(pid, signal.SIGSTOP)
    status = run.end(40)
    if os.path.exists(f'/proc/{pid}'):
        os.kill(pid, signal.SIGCONT)
    t.check(f'a rank that stops ends the other, by {way}', status not in (0, None) and not left_behind(name)
            and any(f'rank 1 on {HOST}: no sign of life for 15 seconds' in x for x in run.lines), f'status {status}', *run.lines[-12:])


for way in BUILDS:
    try:
        for net, counts in {'labels': (2, 3), 'passes': (2,)}.items():
            one = weights(net, f'{net}-one-{way[:4]}', 0, way)
            for ranks in counts:
                compare(net, ranks, way, one)
        resumed('passes', way, one)
        killed(way)
    except Failed as e:
        t.check(f'trainings by {way}', 0, e)
stopped('NCCL')

os.environ['CUEMU_DEVICES'] = '1'
run = start(train(w.cfg('labels', 2), w.data(1), w.path('few')), 2, program=BUILDS['NCCL'])
status, said = run.end(), [x for x in run.ours() if 'device' in x]
t.check('a rank without a device is refused in one line', status == 1 and len(said) == 1 and f'rank 1 on {HOST}: ' in said[0], f'status {status}',
        *run.lines)

os.environ['CUEMU_DEVICES'] = '2'
devices = subprocess.run(['build/emu-nccl-mpi/tests/gpu/test_gpu_devices'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
t.check('two devices of one process by NCCL compute what one does', devices.returncode == 0, devices.stdout)
w.remove()
t.end()
