#!/usr/bin/env python3
"""Trainings over MPI (tests/test_ranks.sh): the same bits for any number of ranks and threads, also where one number resumes what another
began; so does compression; what an update sends and copies; NaN on one rank; cores. SOAK=1: each number of ranks with each number of
threads. Prints TAP."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ranks import HOST, NETS, PROGRAM, STEPS, Run, Tap, World, environment, finish, mpirun, result, start, train  # noqa: E402

SOAK = os.environ.get('SOAK') == '1'
PLAIN = os.path.abspath('build/cpu/darknet')
t, w = Tap(), World()


wanted = {net: finish(w, net, f'{net}-1') for net in NETS}
for net, digest in wanted.items():
    assert not digest.startswith('status'), digest

# ---- the same bits ----

CASES = {'labels': [(2, 1), (3, 2), (4, 1)], 'passes': [(2, 1), (3, 1)], 'colour': [(4, 2)], 'binary': [(3, 1), (0, 3)]}
if SOAK:
    CASES = {net: [(ranks, threads) for ranks in (0, 1, 2, 3, 4) for threads in (1, 2, 4, 8, 16)] for net in NETS}
for net, cases in CASES.items():
    for ranks, threads in cases:
        got = finish(w, net, f'{net}-{ranks}-{threads}', ranks, threads)
        t.check(f'{net}: {ranks} ranks with {threads} threads train what one process trains', got == wanted[net], got)
t.check('a program without MPI trains the same', finish(w, 'labels', 'plain', program=PLAIN) == wanted['labels'])
got = finish(w, 'labels', 'single', 1)
t.check('so does mpirun -np 1', got == wanted['labels'], got)


def mixed(net):
    """A training on two ranks with an instruction set each."""
    words = [PROGRAM, 'pixelcnn', *train(w.cfg(net, STEPS), w.data(NETS[net][2]), w.path(f'{net}-mixed'))]
    run = Run(mpirun(1) + [*words, ':', '-np', '1', 'env', 'PIXELCNN_VECTORS=SSE2', *words], environment(1))
    return result(w.path(f'{net}-mixed'), net) if run.end() == 0 else '\n'.join(run.lines)


for net in NETS if SOAK else ['labels']:
    got = mixed(net)
    t.check(f'{net}: ranks with different instruction sets train the same', got == wanted[net], got)


def batch_in_passes():
    """One batch in other passes."""
    data, digests = w.data(1), set()
    for parts in (1, 3, 12):
        run = start(train(w.cfg('passes', 10, subdivisions=parts), data, w.path(f'parts{parts}')))
        run.end()
        with open(w.path(f'parts{parts}/passes_final.weights'), 'rb') as f:
            digests.add(f.read())
    return len(digests) == 1


t.check('subdivisions change no bit', batch_in_passes())


def compressed(ranks, threads):
    """The files that compress and decompress make; what failed."""
    folder, files = w.path(f'gpc-{ranks}-{threads}'), []
    os.makedirs(folder)
    net = [w.cfg('labels', STEPS), w.path('labels-1/labels_final.weights')]
    packed, array = f'{folder}/x.gpc', f'{folder}/x.npz'
    for arguments, made in ((['compress', *net, w.data(1), '-quantise', '-label', 'auto', '-block', '7', '-out', packed], packed),
                            (['decompress', *net, packed, '-first', '5', '-out', array], array)):
        run = start(arguments, ranks, threads)
        status = run.end()
        if status:
            return f'status {status}: ' + '\n'.join(run.lines)
        with open(made, 'rb') as f:
            files.append(f.read())
    return files


wanted_files = compressed(0, 1)
for ranks, threads in ((2, 2), (3, 1)):
    got = compressed(ranks, threads)
    t.check(f'{ranks} ranks with {threads} threads compress and decompress to the same files',
            got == wanted_files and isinstance(got, list), got if isinstance(got, str) else wanted_files)


def moved(net, moves):
    """A training run that other numbers of ranks continue."""
    for i, ranks in enumerate(moves):
        last = i + 1 == len(moves)
        got = finish(w, net, f'{net}-moved', ranks, steps=STEPS if last else (i + 1) * STEPS // len(moves), moved=True, resumes=i > 0)
        if got.startswith('status'):
            return got
    return got


for net, moves in {'labels': (4, 2, 3, 0), 'colour': (0, 2)}.items():
    got = moved(net, moves)
    t.check(f'{net}: a checkpoint goes on with {moves} ranks', got == result(w.path(f'{net}-1'), net, True), got)

# ---- what an update moves ----

TRAFFIC = os.path.abspath('build/cpu-mpi/tests/traffic.so')
SIDE = 16  # bytes that a rank tells each other one: signals and seconds


def moved_bytes(ranks, batch):
    """Of each rank in an update: bytes sent, received, in collective calls, and copied by the program (tests/traffic.c); the gradients' bytes."""
    cfg, seen, steps = w.path('wide.cfg'), {}, (10, 20)
    for n in steps:
        with open(w.cfg('labels', n, batch=batch)) as f, open(cfg, 'w') as to:
            to.write(f.read().replace('filters=6\n', 'filters=24\n'))
        folder = w.path(f'moved-{ranks}-{batch}-{n}')
        run = start(['train', cfg, w.data(1), '-backup', folder, '-report', 'none', '-eval_every', '0'], ranks,
                    prefix=('env', f'LD_PRELOAD={TRAFFIC}', f'TRAFFIC_SEEN={folder}.seen'))
        assert run.end() == 0, run.lines
        seen[n] = []
        for rank in range(max(1, ranks)):
            with open(f'{folder}.seen.{rank}') as f:
                seen[n].append([int(x) for x in f.read().split()])
    each = [[(y - x) / (steps[1] - steps[0]) for x, y in zip(*both)] for both in zip(*(seen[n] for n in steps))]
    return each, os.path.getsize(f'{folder}/wide_final.weights') - 20  # without its header


def moves_too_much(ranks, batch):
    """'' if N ranks with equal shares send and receive 2 (N - 1) / N of the gradients, and copy no more than them once, into one buffer, beside
    what one process copies that trains the images of a share. Costs of images and SIDE are added; copied lines of text differ by some bytes."""
    (one,), size = moved_bytes(0, batch // ranks)
    each, _ = moved_bytes(ranks, batch)
    sent = 2 * (ranks - 1) / ranks * size + (ranks - 1) * (8 * batch / ranks + SIDE)
    wrong = [x for x in each if max(abs(x[0] - sent), abs(x[1] - sent)) > 4 * ranks or x[2] or x[3] > one[3] + size + 1000]
    print(f'# {ranks} ranks, gradients of {size} bytes: in an update each sends {[x[0] for x in each]} and copies '
          f'{[round(x[3] - one[3]) for x in each]} bytes more than one process')
    return f'{wrong}; expected {sent}, and at most {size} copied' if wrong or size < 30000 else ''


for ranks in (2, 4):
    why = moves_too_much(ranks, 16)
    t.check(f'{ranks} ranks exchange 2 (N - 1) / N of the gradients, and copy them once', not why, why)

# ---- NaN ----


def nonfinite(ranks):
    run = start(train(w.cfg('passes', 60, learning_rate=1000000), w.data(1), w.path(f'nan{ranks}'), '-skip_bad', '2'), ranks)
    return run.end(), [x for x in run.ours() if x.startswith('iteration ')], run.lines


one, many = nonfinite(0), nonfinite(3)
t.check('NaN ends all ranks with the status and the lines of one process', one[0] == many[0] == 3 and one[1] and one[1] == [
    re.sub(rf': rank \d on {HOST}: ', ': ', x).replace('/nan3', '/nan0') for x in many[1]], one[:2], *many[2])

# ---- cores ----

CORES = len(os.sched_getaffinity(0))
arguments = train(w.cfg('labels', 2), w.data(1), w.path('cores'), '-clear')


def said_of_cores(run):
    """Its status, and what it says of binding and of too many threads."""
    return run.end(), [x for x in run.ours() if 'is bound to' in x or 'threads in all' in x]


run = start(arguments, CORES + 1)
t.check('more threads than cores are mentioned once', said_of_cores(run) == (0, [
    f'{HOST}: {CORES + 1} ranks with {CORES + 1} threads in all on {CORES} core{"s" * (CORES > 1)}: they wait for each other; start fewer, or set '
    'OMP_NUM_THREADS']), *run.lines)
if CORES < 2 or os.cpu_count() != CORES:
    t.skip('so is a rank that is bound to one core', f'this process has {CORES} of {os.cpu_count()} cores')
else:
    run = Run(['mpirun', '--bind-to', 'core', '-np', '1', PROGRAM, 'pixelcnn', *arguments], environment(0))
    t.check('so is a rank that is bound to one core', said_of_cores(run) == (0, [
        f'rank 0 on {HOST} is bound to 1 of {CORES} cores, and could use {CORES}: mpirun --bind-to none, or srun --cpu-bind=none']), *run.lines)
run = start(arguments, min(CORES, 4), threads=0)
t.check('ranks that divide the cores are not', said_of_cores(run) == (0, []), *run.lines)

w.remove()
t.end()
