#!/usr/bin/env python3
"""Ranks with an emulated device each, for tests/cuemu/test_ranks_devices.sh. Prints TAP."""
import array
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ranks import NETS, Tap, World, start, train  # noqa: E402

os.environ.update(CUEMU_DEVICES='3', CUEMU_GUARD='0')
PROGRAM = os.path.abspath('build/emu-mpi/darknet')
HEADER = 20  # bytes of a weights file
t, w = Tap(), World()


def weights(net, name, ranks, steps):
    """The final weights; what was said if there are none."""
    run = start(train(w.cfg(net, steps), w.data(NETS[net][2]), w.path(name)), ranks, program=PROGRAM)
    if run.end(300):
        return None, '\n'.join(run.lines)
    with open(w.path(f'{name}/{net}_final.weights'), 'rb') as f:
        floats = array.array('f')
        floats.frombytes(f.read()[HEADER:])
    return floats, run.lines


for net, counts in {'labels': (2, 3), 'passes': (2,)}.items():
    one, said = weights(net, f'{net}-one', 0, 4)
    for ranks in counts:
        many, told = weights(net, f'{net}-{ranks}', ranks, 4)
        again, _ = weights(net, f'{net}-{ranks}-again', ranks, 4)
        if not one or not many or not again:
            t.check(f'{net}: {ranks} ranks', 0, said, told)
            continue
        largest = max(abs(a - b) for a, b in zip(one, many))
        print(f'# {net}: {ranks} ranks differ from one device by at most {largest:.3g}')
        t.check(f'{net}: {ranks} ranks train what one device trains, up to rounding', len(one) == len(many) and largest < 1e-4)
        t.check(f'{net}: twice the same to the bit', many == again)
w.remove()
t.end()
