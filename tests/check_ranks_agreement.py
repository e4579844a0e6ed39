#!/usr/bin/env python3
"""Ranks that must not start together (tests/test_ranks_agreement.sh): one whose cfg, data, weights, command line, program or C library
differs, one that was built without MPI, more ranks than images, an error that all have. Each ends in one line, compared in full with the hashes
computed here, and status 1. Prints TAP."""
import json
import os
import re
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ranks import HOST, PROGRAM, Run, Tap, World, environment, finish, left_behind, mpirun, start, train  # noqa: E402
from xxh64 import xxh64  # noqa: E402

SOAK = os.environ.get('SOAK') == '1'
PLAIN = os.path.abspath('build/cpu/darknet')
OTHER_BUILD = os.path.abspath('build/cpu-mpi-serial/darknet')
t, w = Tap(), World()


def contents(path):
    with open(path, 'rb') as f:
        return f.read()


def said_by(run):
    """Without what rank 0 says of cores, net and folder before the ranks compare what they have."""
    return [x for x in run.ours() if not re.match('layer |Loading|backup/| +[0-9]+ ', x) and 'ranks with' not in x]


# ---- one rank differs ----

folders = [w.path(f'own{i}') for i in (0, 1)]
folder = w.path('differ')
words = ['train', 'net.cfg', 'data', 'a.weights', '-backup', folder, '-report', 'none']


def file_fact(name):
    return [f'{name}, XXH64 {xxh64(contents(f"{d}/{name}")):016x}' for d in folders]


def data_fact():
    """Number and shape, then each image and its label as floats, since there are fewer than 64."""
    facts = []
    for d in folders:
        pixels = contents(f'{d}/data/train-images-idx3-ubyte')[16:]
        labels = contents(f'{d}/data/train-labels-idx1-ubyte')[8:]
        n, h, hash_ = 60, 30, xxh64(struct.pack('<5i', 60, 1, 6, 5, 3))
        for i in range(n):
            hash_ = xxh64(pixels[i * h:(i + 1) * h], hash_)
            hash_ = xxh64(struct.pack('<3f', *(float(labels[i] == k) for k in range(3))), hash_)
        facts.append(f'60 images of 5 x 6 x 1 in data, XXH64 {hash_:016x}')
    return facts


def line_fact():
    """Of a long line the words before the first difference."""
    lines = [' '.join([PROGRAM, 'pixelcnn', *words])]
    lines.append(lines[0] + ' -seed 7')
    return [x[x.rindex('-report'):] if len(x) > 120 else x for x in lines]


def program_fact(programs):
    facts = []
    for program in programs:
        said = subprocess.run([program, 'pixelcnn', 'version', '-json'], stdout=subprocess.PIPE, check=True, text=True)
        v = json.loads(said.stdout)
        text = f'{v["version"]} for {v["backend"]}, {v["compiler"]}, {v["gemm"]}'[:99]
        facts.append(f'{text}, XXH64 {xxh64(text.encode(), xxh64(contents(program))):016x}')
    return facts


MATHEMATICS = """import math, struct, sys
for i in range(200):
    x = (i + 1) * .37
    sys.stdout.buffer.write(struct.pack('<5d', math.exp(-x), math.log(x), math.pow(.999, i + 1), math.sin(x), math.cos(x)))
"""


def library_fact(prefix):
    """Of the C library's functions, as Python has them."""
    said = [subprocess.run([*words, sys.executable, '-c', MATHEMATICS], stdout=subprocess.PIPE, check=True).stdout for words in ((), prefix)]
    return [f'exp, log, pow, sin and cos with XXH64 {xxh64(x):016x}' for x in said]


def differing(name, what, fact, change=None, more=(), program=PROGRAM, prefix=()):
    """Ranks 0 and 1 have the same command line, and folders of their own with net.cfg, data and a.weights; `change` changes rank 1's, and
    fact() says what each shows of it."""
    for d in folders:
        shutil.rmtree(d, ignore_errors=True)
        os.makedirs(d)
        shutil.copy(w.cfg('labels', 5), f'{d}/net.cfg')
        shutil.copytree(w.data(1), f'{d}/data')
        shutil.copy(w.path('labels-1/labels_final.weights'), f'{d}/a.weights')
    if change:
        change(folders[1])
    shown = fact()
    run = Run(mpirun(1, '-wdir', folders[0]) + [PROGRAM, 'pixelcnn', *words, ':', '-wdir', folders[1], '-np', '1', *prefix, program, 'pixelcnn',
                                                *words, *more], environment(1))
    status, said = run.end(), said_by(run)
    line = f'{what}: rank 1 on {HOST} has {shown[1]}, rank 0 on {HOST} has {shown[0]}; all ranks need the same'
    t.check(f'{name} on one rank is refused', status == 1 and said == [line], f'status {status}', line, *run.lines)
    t.check('and nothing is left of it', not os.path.exists(folder) and not left_behind(folder))


def change_cfg(d):
    with open(f'{d}/net.cfg', 'a') as f:
        f.write('\n# rank 1\n')


def change_data(d):
    shutil.rmtree(f'{d}/data')
    w.make_data(f'{d}/data', 1, seed=9)


def change_weights(d):
    shutil.copy(w.path('labels-1/labels_last.weights'), f'{d}/a.weights')


trained = finish(w, 'labels', 'labels-1', steps=5)
assert not trained.startswith('status'), trained
differing('another cfg', 'cfg', lambda: file_fact('net.cfg'), change_cfg)
differing('other data', 'data', data_fact, change_data)
differing('other weights', 'weights', lambda: file_fact('a.weights'), change_weights)
differing('another command line', 'command line', line_fact, more=['-seed', '7'])
other = w.path('bin/darknet')
os.makedirs(os.path.dirname(other))
shutil.copy(PROGRAM, other)
with open(other, 'ab') as f:
    f.write(b'x')
differing('another program', 'program', lambda: program_fact([PROGRAM, other]), program=other)
old_cpu = ['env', 'GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4']
if len(set(library_fact(old_cpu))) == 2:
    differing('a C library that rounds differently', 'C library', lambda: library_fact(old_cpu), prefix=old_cpu)
else:
    t.skip('a C library that rounds differently', 'this one gives the same numbers with and without FMA')
if SOAK:
    differing('another build', 'program', lambda: program_fact([PROGRAM, OTHER_BUILD]), program=OTHER_BUILD)

# ---- what all ranks have ----


def refused(name, line, arguments, ranks, program=None, times=1):
    run = start(arguments, ranks, program=program)
    status, said = run.end(), said_by(run)
    t.check(name, status == 1 and len(said) == times and all(re.fullmatch(line, x) for x in said), f'status {status}', *run.lines)


refused('more ranks than images', r'8 ranks cannot share a batch of 7 images \(batch=, and its subdivisions\): start at most 7, or set batch=8',
        train(w.cfg('binary', 5), w.data(1), w.path('many')), 8)
refused('an error that all ranks have is one line', re.escape(w.path('missing.cfg')) + ': cannot open: No such file or directory',
        train(w.path('missing.cfg'), w.data(1), w.path('many')), 3)
WITHOUT = 'a launcher started 2 processes (OMPI_COMM_WORLD_SIZE), but this program was built without MPI: build it with make MPI=1'
refused('processes without MPI say that each would do the whole training', re.escape(WITHOUT), train(w.cfg('labels', 5), w.data(1), w.path('many')),
        2, program=PLAIN, times=2)
run = Run(mpirun(1) + [PROGRAM, 'pixelcnn', *train(w.cfg('labels', 5), w.data(1), folder), ':', '-np', '1', PLAIN, 'pixelcnn',
                       *train(w.cfg('labels', 5), w.data(1), folder)], environment(1))
status = run.end()
t.check('a program without MPI beside one with it ends both', status == 1 and said_by(run) == [WITHOUT] and run.seconds < 30
        and not os.path.exists(folder) and not left_behind(folder), f'status {status}', *run.lines)

w.remove()
t.end()
