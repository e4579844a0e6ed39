#!/usr/bin/env python3
"""Trainings over MPI (tests/test_ranks.sh): the same bits for any number of ranks and threads, also where one number resumes what another
began; so does compression; ranks that differ are refused; signals, killed and stopped ranks. SOAK=1 repeats more. Prints TAP."""
import os
import random
import re
import signal
import shutil
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ranks import HOST, NETS, PROGRAM, Run, Tap, World, environment, left_behind, mpirun, ranks_of, result, start, train  # noqa: E402

SOAK = os.environ.get('SOAK') == '1'
PLAIN = os.path.abspath('build/cpu/darknet')
STEPS = 50
t, w = Tap(), World()
r = random.Random(int(os.environ.get('SEED', '3')))


def finish(net, name, ranks, threads=1, steps=STEPS, program=None, moved=False, resumes=None):
    """The digest of a whole training run, or of what is left of one; what it said if it failed. resumes: whether it should resume
    a checkpoint; None: either."""
    data = w.data(NETS[net][2])
    run = start(train(w.cfg(net, steps), data, w.path(name)), ranks, threads, program=program)
    status = run.end()
    if status == 0 and resumes not in (None, any(x.startswith('resumed from') for x in run.lines)):
        status = 'of a training run that did not resume' if resumes else 'of one that did'
    return result(w.path(name), net, moved) if status == 0 else f'status {status}: ' + '\n'.join(run.lines)


wanted = {net: finish(net, f'{net}-1', 0) for net in NETS}
for net, digest in wanted.items():
    assert not digest.startswith('status'), digest

# ---- the same bits ----

CASES = {'labels': [(2, 1), (3, 2), (4, 1)], 'passes': [(2, 1), (3, 1)], 'colour': [(4, 2)], 'binary': [(3, 1), (0, 3)]}
if SOAK:
    CASES = {net: [(ranks, threads) for ranks in (0, 1, 2, 3, 4) for threads in (1, 2, 4, 8, 16)] for net in NETS}
for net, cases in CASES.items():
    for ranks, threads in cases:
        got = finish(net, f'{net}-{ranks}-{threads}', ranks, threads)
        t.check(f'{net}: {ranks} ranks with {threads} threads train what one process trains', got == wanted[net], got)
t.check('a program without MPI trains the same', finish('labels', 'plain', 0, program=PLAIN) == wanted['labels'])
got = finish('labels', 'single', 1)
t.check('so does mpirun -np 1', got == wanted['labels'], got)


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
        got = finish(net, f'{net}-moved', ranks, steps=STEPS if last else (i + 1) * STEPS // len(moves), moved=True, resumes=i > 0)
        if got.startswith('status'):
            return got
    return got


for net, moves in {'labels': (4, 2, 3, 0), 'colour': (0, 2)}.items():
    got = moved(net, moves)
    t.check(f'{net}: a checkpoint goes on with {moves} ranks', got == result(w.path(f'{net}-1'), net, True), got)

# ---- disagreement ----


def differing(what, change, shown, program=None):
    """Ranks 0 and 1 have the same command line, and folders of their own with net.cfg, data and a.weights; `change` changes rank 1's."""
    folders = [w.path(f'own{i}') for i in (0, 1)]
    for d in folders:
        shutil.rmtree(d, ignore_errors=True)
        os.makedirs(d)
        shutil.copy(w.cfg('labels', 5), f'{d}/net.cfg')
        shutil.copytree(w.data(1), f'{d}/data')
        shutil.copy(w.path('labels-1/labels_final.weights'), f'{d}/a.weights')
    words = ['train', 'net.cfg', 'data', 'a.weights', '-backup', w.path('differ'), '-report', 'none']
    other = change(folders[1], words) or words
    command = mpirun(1, '-wdir', folders[0]) + [PROGRAM, 'pixelcnn', *words, ':', '-wdir', folders[1], '-np', '1', program or PROGRAM, 'pixelcnn',
                                                *other]
    run = Run(command, environment(1))
    status, lines = run.end(), run.ours()
    line = f'{what}: rank 1 on {HOST} has {shown[0]}, rank 0 on {HOST} has {shown[1]}; all ranks need the same'
    said = [x for x in lines if not re.match('layer |Loading|backup/| *[0-9]+ ', x)]
    t.check(f'another {what} on one rank is refused', status == 1 and len(said) == 1 and re.fullmatch(line, said[0]), f'status {status}', line,
            *run.lines)
    t.check('and nothing is left of it', not os.path.exists(w.path('differ')) and not left_behind(w.path('differ')))


def change_cfg(folder, words):
    with open(f'{folder}/net.cfg', 'a') as f:
        f.write('\n# rank 1\n')


def change_data(folder, words):
    shutil.rmtree(f'{folder}/data')
    w.make_data(f'{folder}/data', 1, seed=9)


def change_weights(folder, words):
    shutil.copy(w.path('labels-1/labels_last.weights'), f'{folder}/a.weights')


def change_options(folder, words):
    return words + ['-seed', '7']


def change_nothing(folder, words):
    return None


hash16 = 'XXH64 [0-9a-f]{16}'
differing('cfg', change_cfg, [f'net.cfg, {hash16}'] * 2)
differing('data', change_data, ['60 images of 5 x 6 x 1 in data'] * 2)
differing('weights', change_weights, [f'a.weights, {hash16}'] * 2)
differing('command line', change_options, ['(.* )?-report none -seed 7', '(.* )?-report none'])
other = w.path('bin/darknet')
os.makedirs(os.path.dirname(other))
shutil.copy(PROGRAM, other)
with open(other, 'ab') as f:
    f.write(b'x')
differing('program', change_nothing, [rf'[^;]*, {hash16}'] * 2, program=other)


def refused(name, line, arguments, ranks, program=None, times=1):
    run = start(arguments, ranks, program=program)
    status, lines = run.end(), run.ours()
    said = [x for x in lines if x == line or re.fullmatch(line, x)]
    t.check(name, status == 1 and len(said) == times, f'status {status}', *run.lines)


refused('more ranks than images', '8 ranks cannot share a batch of 7 images .*: start at most 7, or set batch=8',
        train(w.cfg('binary', 5), w.data(1), w.path('many')), 8)
refused('an error that all ranks have is one line', '.*missing.cfg: cannot open: No such file or directory',
        train(w.path('missing.cfg'), w.data(1), w.path('many')), 3)
refused('processes without MPI say that each would do the whole training',
        r'a launcher started 2 processes \(OMPI_COMM_WORLD_SIZE\), but this program was built without MPI: build it with make MPI=1',
        train(w.cfg('labels', 5), w.data(1), w.path('many')), 2, program=PLAIN, times=2)

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
run = start(arguments, CORES + 1)
run.end()
t.check('more threads than cores are mentioned once', [x for x in run.ours() if 'threads in all on' in x] == [
    f'{HOST}: {CORES + 1} ranks with {CORES + 1} threads in all on {CORES} core{"s" * (CORES > 1)}: they wait for each other; start fewer, or set '
    'OMP_NUM_THREADS'], *run.lines)
run = Run(['mpirun', '--bind-to', 'core', '-np', '1', PROGRAM, 'pixelcnn', *arguments], environment(0))
run.end()
bound = [x for x in run.ours() if 'is bound to' in x]
t.check('so is a rank that is bound to one core', CORES < 2 or os.cpu_count() != CORES or bound == [
    f'rank 0 on {HOST} is bound to 1 of {CORES} cores, and could use {CORES}: mpirun --bind-to none, or srun --cpu-bind=none'], *run.lines)
run = start(arguments, min(CORES, 4), threads=0)
run.end()
t.check('ranks that divide the cores are not', not [x for x in run.ours() if 'is bound to' in x or 'threads in all' in x], *run.lines)

# ---- signals ----

SLOW = {'batch': 40000 if SOAK else 256}  # images of an update: 5 seconds, or a twentieth
# After a signal mpirun waits for so many seconds, sends SIGTERM, waits as long again, and sends SIGKILL.
PATIENCE = 12 if SOAK else 1


def slow(name, steps):
    return train(w.cfg('labels', steps, **SLOW), w.data(1), w.path(name), '-save_every', '100000')


def slow_result(name, steps, ranks):
    run = start(slow(name, steps), ranks)
    status = run.end(600)
    return result(w.path(name), 'labels', True) if status == 0 else f'status {status}: ' + '\n'.join(run.lines)


def stopped(number):
    """Stops a training, which another number of ranks continues for two more updates."""
    for name in ('slow', 'undisturbed'):
        shutil.rmtree(w.path(name), ignore_errors=True)
    run = start(slow('slow', 100000), 2, options=('--mca', 'odls_base_sigkill_timeout', str(PATIENCE)))
    run.wait_for('bits/dim')
    time.sleep(.01)
    run.process.send_signal(number)
    status = run.end()
    said = [x for x in run.ours() if 'stopped after iteration' in x]
    ok = t.check(f'{number.name} to mpirun during an update saves a checkpoint', status != 0 and len(said) == 1 and 'checkpoint saved' in said[0]
                 and not left_behind(w.path('slow')), f'status {status}', *run.lines[-12:])
    steps = int(re.search(r'iteration (\d+)', said[0])[1]) + 2 if ok else 2
    got = slow_result('slow', steps, 3)
    t.check(f'and 3 ranks go on from there ({number.name})', ok and got == slow_result('undisturbed', steps, 0), got)


for number in [signal.SIGTERM, signal.SIGUSR2] + SOAK * [signal.SIGINT]:
    stopped(number)

# ---- killed ranks ----


def kill_training(phase):
    """Kills a random rank in that phase and resumes with another number of ranks."""
    name = w.path(f'killed-{phase}')
    shutil.rmtree(name, ignore_errors=True)
    more = {'validation': ['-eval_every', '1'], 'save': ['-save_every', '1']}.get(phase, [])
    run = start(train(w.cfg('labels', STEPS), w.data(1), name, '-save_every', '5', *more), r.choice((2, 3)))
    seen = phase_reached(run, phase, name)
    ranks = ranks_of(name)
    rank = r.choice(sorted(ranks)) if ranks else None
    if rank is not None:
        os.kill(ranks[rank], signal.SIGKILL)
    killed = time.time()
    status = run.end(40)
    seconds = time.time() - killed
    left = left_behind(name)
    named = any(re.search(rf'rank {rank} .*(on|node) {HOST}', x) for x in run.lines)
    resumed = finish('labels', f'killed-{phase}', r.choice((0, 2, 4)), moved=True, resumes=None if phase == 'setup' else True)
    print(f'# rank {rank} of {sorted(ranks)} killed in phase {phase} ({seen}): status {status} after {seconds:.1f} s')
    return rank is not None and status not in (0, None) and seconds < 30 and not left and named and resumed == result(w.path('labels-1'), 'labels', True), run, resumed


def phase_reached(run, phase, folder):
    if phase == 'setup':
        time.sleep(r.uniform(.05, .4))
        while not ranks_of(folder) and run.process.poll() is None:
            time.sleep(.01)
        return f'{sum("bits/dim" in x for x in run.lines)} iterations'
    run.wait_for(r'^%d, ' % r.randrange(6, 30))
    if phase == 'save':
        for _ in range(20000):
            if any('.tmp.' in x for x in os.listdir(folder)):
                return 'a temporary file is there'
        return 'no temporary file was seen'
    time.sleep(r.uniform(0, .01))
    return run.lines[-1][:40]


for phase in ('setup', 'step', 'validation', 'save'):
    results = [kill_training(phase) for _ in range(8 if SOAK else 1)]
    bad = [x for x in results if not x[0]]
    t.check(f'{len(results)} trainings with a rank killed in phase {phase} end, and go on to the same weights', not bad,
            *(bad and ['\n'.join(bad[0][1].lines[-15:]), bad[0][2]]))


def stopped_rank(rank):
    """A rank that is there and does nothing: no launcher sees it."""
    name = w.path(f'stopped{rank}')
    run = start(train(w.cfg('labels', 100000), w.data(1), name), 2)
    run.wait_for('bits/dim')
    pid = ranks_of(name)[rank]
    os.kill(pid, signal.SIGSTOP)
    begin = time.time()
    status = run.end(40)
    seconds = time.time() - begin
    if os.path.exists(f'/proc/{pid}'):
        os.kill(pid, signal.SIGCONT)
    lines = [x for x in run.lines if re.search(f'rank {rank} on {HOST}: no sign of life for 15 seconds', x)]
    stops[rank] = (status not in (0, None) and seconds < 30 and len(lines) == 1 and not left_behind(name), f'{status} {seconds}', run.lines[-12:])


stops = {}
waiting = [threading.Thread(target=stopped_rank, args=(i,)) for i in (0, 1)]
for x in waiting:
    x.start()
for x in waiting:
    x.join()
for rank, (ok, what, lines) in stops.items():
    t.check(f'a rank that stops ends the job in 30 seconds, with its name: {rank}', ok, what, *lines)

w.remove()
t.end()
