#!/usr/bin/env python3
"""Trainings over MPI (tests/test_ranks.sh): the same bits for any number of ranks and threads, also where one number resumes what another
began; ranks that differ are refused; signals, killed and stopped ranks. SOAK=1 repeats more. Prints TAP."""
import os
import random
import re
import signal
import shutil
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ranks import HOST, NETS, PROGRAM, Tap, World, left_behind, ranks_of, result, start, train  # noqa: E402

SOAK = os.environ.get('SOAK') == '1'
PLAIN = os.path.abspath('build/cpu/darknet')
STEPS = 50
t, w = Tap(), World()
r = random.Random(int(os.environ.get('SEED', '3')))


def finish(net, name, ranks, threads=1, steps=STEPS, program=None, options=()):
    """The digest of a whole training, or of what is left of one; what it said if it failed."""
    data = w.data(NETS[net][2])
    run = start(train(w.cfg(net, steps), data, w.path(name), *options), ranks, threads, program=program)
    status = run.end()
    return result(w.path(name), net) if status == 0 else f'status {status}: ' + '\n'.join(run.lines)


wanted = {net: finish(net, f'{net}-1', 0) for net in NETS}

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


def moved(net, moves):
    """A training that other numbers of ranks continue."""
    for i, ranks in enumerate(moves):
        last = i + 1 == len(moves)
        got = finish(net, f'{net}-moved', ranks, steps=STEPS if last else (i + 1) * STEPS // len(moves))
        if got.startswith('status'):
            return got
    return got


for net, moves in {'labels': (4, 2, 3, 0), 'colour': (0, 2)}.items():
    got = moved(net, moves)
    t.check(f'{net}: a checkpoint goes on with {moves} ranks', got == wanted[net], got)

# ---- disagreement ----


def differing(other, what, values, program=None):
    """Rank 1 of 2 is started with other arguments."""
    own = train(w.cfg('labels', 5), w.data(1), w.path('differ'))
    arguments = list(own)
    for at, value in other.items():
        arguments[at:at + 1] = value
    run = start(own + [':', '-np', '1', program or PROGRAM, 'pixelcnn', *arguments], 1)
    status, lines = run.end(), run.ours()
    line = (f'the {what} of rank 1 on {HOST} differs from that of rank 0 on {HOST}: {values}; all ranks need the same')
    said = [x for x in lines if 'layer ' not in x and not re.match(r' +\d+ ', x)]
    t.check(f'another {what} on one rank is refused', status == 1 and len(said) == 1 and re.fullmatch(line, said[0]),
            f'status {status}', *run.lines)
    t.check('and nothing is left of it', not os.path.exists(w.path('differ')) and not left_behind(w.path('differ')))


hash16 = 'XXH64 [0-9a-f]{16}'
path = re.escape(w.folder)
with open(w.cfg('labels', 5)) as f, open(w.path('other.cfg'), 'w') as g:
    g.write(f.read().replace('dropout=0.3', 'dropout=0.2'))
differing({1: [w.path('other.cfg')]}, 'cfg', f'{path}/other.cfg, {hash16} and {path}/labels.cfg, {hash16}')
w.make_data(w.path('data-other'), 1, seed=9)
differing({2: [w.path('data-other')]}, 'data', f'{path}/data-other, {hash16} and {path}/data1, {hash16}')
for name in ('a', 'b'):
    shutil.copy(w.path(f'labels-1/labels_{"final" if name == "a" else "last"}.weights'), w.path(f'{name}.weights'))


def differing_weights():
    own = train(w.cfg('labels', 5), w.data(1), w.path('differ'))
    own.insert(3, w.path('a.weights'))
    other = list(own)
    other[3] = w.path('b.weights')
    run = start(own + [':', '-np', '1', PROGRAM, 'pixelcnn', *other], 1)
    status = run.end()
    line = (f'the weights of rank 1 on {HOST} differs from that of rank 0 on {HOST}: {path}/b.weights, {hash16} and '
            f'{path}/a.weights, {hash16}; all ranks need the same')
    t.check('other weights on one rank are refused', status == 1 and sum(bool(re.fullmatch(line, x)) for x in run.ours()) == 1,
            f'status {status}', *run.lines)


differing_weights()
differing({4: [w.path('differ'), '-seed', '7']}, 'options',
          '-seed 7 -save_every 1000 -eval_every 20 -sample_every 0 -seconds 0 -skip_bad 0 and -seed 0 -save_every 1000 -eval_every 20 '
          '-sample_every 0 -seconds 0 -skip_bad 0')
other = w.path('bin/darknet')
os.makedirs(os.path.dirname(other))
shutil.copy(PROGRAM, other)
with open(other, 'ab') as f:
    f.write(b'x')
differing({}, 'program', rf'version [^,]*, {hash16} and version [^,]*, {hash16}', program=other)


def refused(name, line, arguments, ranks, program=None):
    run = start(arguments, ranks, program=program)
    status, lines = run.end(), run.ours()
    said = [x for x in lines if x == line or re.fullmatch(line, x)]
    t.check(name, status == 1 and len(said) == 1, f'status {status}', *run.lines)


refused('more ranks than images', '8 ranks cannot share a batch of 7 images .*: start at most 7, or set batch=8',
        train(w.cfg('binary', 5), w.data(1), w.path('many')), 8)
refused('an error that all ranks have is one line', '.*missing.cfg: cannot open: No such file or directory',
        train(w.path('missing.cfg'), w.data(1), w.path('many')), 3)
refused('a program without MPI says that it would train twice',
        r'a launcher started 2 processes \(OMPI_COMM_WORLD_SIZE\), but this program was built without MPI: build it with make MPI=1',
        train(w.cfg('labels', 5), w.data(1), w.path('many')), 2, program=PLAIN)

# ---- signals ----

SLOW = {'batch': 512 if not SOAK else 40000}  # images of an update


def slow(steps):
    return train(w.cfg('labels', steps, **SLOW), w.data(1), w.path('slow'), '-save_every', '1000')


def slow_result(ranks=0, steps=6):
    run = start(slow(steps), ranks)
    status = run.end(600)
    return result(w.path('slow'), 'labels') if status == 0 else f'status {status}: ' + '\n'.join(run.lines)


slow_wanted = slow_result()
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2):
    shutil.rmtree(w.path('slow'))
    run = start(slow(6), 2, options=('--mca', 'odls_base_sigkill_timeout', '30'))
    run.wait_for('bits/dim')
    run.wait_for('bits/dim', after=len(run.lines))
    time.sleep(.05)
    run.process.send_signal(number)
    status = run.end()
    said = [x for x in run.ours() if 'stopped after iteration' in x]
    t.check(f'{number.name} to mpirun during a step saves a checkpoint', status != 0 and len(said) == 1 and 'checkpoint saved' in said[0]
            and not left_behind(w.path('slow')), f'status {status}', *run.lines[-12:])
    got = slow_result(3)
    t.check(f'and 3 ranks go on from there ({number.name})', got == slow_wanted, got)

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
    resumed = finish('labels', f'killed-{phase}', r.choice((0, 2, 4)), options=())
    print(f'# rank {rank} of {sorted(ranks)} killed in phase {phase} ({seen}): status {status} after {seconds:.1f} s')
    return rank is not None and status not in (0, None) and seconds < 30 and not left and named and resumed == wanted['labels'], run, resumed


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
    lines = [x for x in run.lines if re.search(f'rank {rank} on {HOST}: no sign of life for 20 seconds', x)]
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
