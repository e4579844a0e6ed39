#!/usr/bin/env python3
"""Trainings over MPI that end early (tests/test_ranks_faults.sh): by signals to mpirun, and by ranks that are killed or stopped. Each is resumed,
by another number of ranks, to the weights of an undisturbed training. SOAK=1: 8 kills in each phase instead of one, updates of at least 5
seconds, Ctrl-C too. Prints TAP."""
import os
import random
import re
import signal
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from phases import DATA, KEYS, PHASES, Halted, prepare, send  # noqa: E402
from ranks import HOST, Tap, World, finish, left_behind, ranks_of, result, start, train  # noqa: E402

SOAK = os.environ.get('SOAK') == '1'
t, w = Tap(), World()
r = random.Random(int(os.environ.get('SEED', '3')))

# ---- signals ----

# After a signal mpirun waits for so many seconds, sends SIGTERM, waits as long again, and sends SIGKILL.
PATIENCE = 15 if SOAK else 1
LONG = 5 if SOAK else 0  # seconds that an update takes at least


def slow(name, steps, images):
    cfg = w.cfg('labels', steps, batch=images)
    if SOAK:
        with open(cfg) as f:
            text = f.read()
        with open(cfg, 'w') as f:
            f.write(text.replace('filters=6\n', 'filters=64\n'))
    return train(cfg, w.data(1), w.path(name), '-save_every', '100000')


def seconds_of(line):
    return float(re.search('rate, ([0-9.]+) seconds', line)[1])


def images_for(seconds):
    """A batch whose update takes two ranks so long here."""
    n = 2048
    run = start(slow('measured', 4, n), 2)
    assert run.end() == 0, run.lines
    return round(n * seconds / min(seconds_of(x) for x in run.lines if ' bits/dim, ' in x) / 256) * 256


def slow_result(name, steps, images, ranks=0, threads=1):
    run = start(slow(name, steps, images), ranks, threads)
    status = run.end(600)
    return result(w.path(name), 'labels', True) if status == 0 else f'status {status}: ' + '\n'.join(run.lines)


def stopped(number, images):
    """Stops a training, which another number of ranks continues for two more updates."""
    for name in ('slow', 'undisturbed'):
        shutil.rmtree(w.path(name), ignore_errors=True)
    run = start(slow('slow', 100000, images), 2, options=('--mca', 'odls_base_sigkill_timeout', str(PATIENCE)))
    first = run.wait_for('bits/dim')
    time.sleep(.01 + LONG / 5)
    begin = time.time()
    if number == signal.SIGINT:
        os.killpg(run.process.pid, number)  # as a terminal does
    else:
        run.process.send_signal(number)
    status = run.end()
    ended, update = time.time() - begin, ([0] + [seconds_of(x) for x in run.lines if ' bits/dim, ' in x])[-1]
    said = [x for x in run.ours() if 'stopped after iteration' in x]
    ok = t.check(f'{number.name} to mpirun during an update of {update:.2f} seconds saves a checkpoint, {ended:.2f} seconds later',
                 first is not None and status != 0 and len(said) == 1 and 'checkpoint saved' in said[0] and update >= LONG
                 and not left_behind(w.path('slow')), f'status {status}', *run.lines[-12:])
    steps = int(re.search(r'iteration (\d+)', said[0])[1]) + 2 if ok else 2
    got = slow_result('slow', steps, images, 3)
    t.check(f'and 3 ranks go on from there ({number.name})', ok and got == slow_result('undisturbed', steps, images, threads=2 if SOAK else 1), got)


images = images_for(1.7 * LONG) if SOAK else 256
for number in [signal.SIGTERM, signal.SIGUSR2] + SOAK * [signal.SIGINT]:
    stopped(number, images)

# ---- killed ranks ----

prepare(w)
undisturbed = finish(w, 'labels', 'many-undisturbed', moved=True, data=DATA, **KEYS)


def kill_training(phase, name):
    """Kills a random rank in that phase and resumes with another number of ranks. Returns '', or what is wrong."""
    folder, ranks = w.path(name), r.choice((2, 3))
    halted = Halted(w, folder, phase, ranks, r, start)
    if not halted.pids:
        return f'phase {phase} was not reached\n' + '\n'.join(halted.run.lines[-15:])
    rank = r.choice(sorted(halted.pids))
    os.kill(halted.pids[rank], signal.SIGKILL)
    halted.go_on()
    killed = time.time()
    status = halted.run.end(40)
    seconds = time.time() - killed
    left, resumes = left_behind(folder), halted.has_checkpoint()
    named = any(re.search(rf'rank {rank} .*(on|node) {HOST}', x) for x in halted.run.lines)
    others = r.choice([n for n in (0, 2, 3, 4) if n != ranks])
    resumed = finish(w, 'labels', name, others, moved=True, resumes=resumes or None, data=DATA, **KEYS)
    print(f'# rank {rank} of {ranks} killed in phase {phase} ({halted.seen}): status {status} after {seconds:.1f} s; {others or "no"} ranks '
          f'{"resume" if resumes else "start over"}', flush=True)
    if status not in (0, None) and seconds < 30 and not left and named and resumed == undisturbed:
        return ''
    return '\n'.join([f'phase {phase}: status {status}, {seconds} s, left: {left}, named: {named}, resumed: {resumed}', *halted.run.lines[-15:]])


for phase in PHASES:
    wrong = [kill_training(phase, f'killed-{phase}{i}') for i in range(8 if SOAK else 1)]
    t.check(f'{len(wrong)} trainings with a rank killed in phase {phase} end, and go on to the same weights', not any(wrong), *filter(None, wrong))


class Stopped:
    """A training one of whose ranks is there and does nothing, which no launcher sees."""

    def __init__(self, rank):
        self.rank, self.folder, self.pids = rank, w.path(f'stopped{rank}'), {}
        self.run = start(train(w.cfg('labels', 100000), w.data(1), self.folder), 2)
        self.run.wait_for('bits/dim')
        end = time.time() + 5
        while len(self.pids) < 2 and time.time() < end:
            self.pids = ranks_of(self.folder)
        self.begin = time.time()
        send([self.pids[i] for i in self.pids if i == rank], signal.SIGSTOP)

    def check(self):
        status = self.run.end(40)
        seconds = time.time() - self.begin
        send([self.pids[i] for i in self.pids if i == self.rank], signal.SIGCONT)
        lines = [x for x in self.run.lines if re.search(f'rank {self.rank} on {HOST}: no sign of life for 15 seconds', x)]
        t.check(f'a rank that stops ends the job in 30 seconds, with its name: {self.rank}', len(self.pids) == 2 and status not in (0, None)
                and seconds < 30 and len(lines) == 1 and not left_behind(self.folder), f'status {status} after {seconds} s; ranks: {self.pids}',
                *self.run.lines[-12:])


for training in [Stopped(0), Stopped(1)]:  # both wait for the same seconds
    training.check()

w.remove()
t.end()
