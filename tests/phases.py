"""Trainings that are brought to a halt in a phase, so that it is certain where a rank is killed or the network cut: all ranks get SIGSTOP, and
only if what they have said and written shows the phase do they stay there. Phases: setup, before the first update; step; validation, between
the line of an update and the result of its validation; save, where rank 0 is stopped by tests/faults.c in front of a call of the save."""
import os
import re
import shutil
import signal
import time

from ranks import STEPS, ranks_of, train

PHASES = ('setup', 'step', 'validation', 'save')
DATA = 'many'
KEYS = {'batch': 128}  # updates and validations of some ten milliseconds
FAULTS = os.path.abspath('build/cpu/tests/faults.so')
SAVE_EVERY, EVAL_EVERY = 5, 20  # updates; train() says the latter


def prepare(w):
    w.make_data(w.path(DATA), 1, seed=7, n=3000)  # of which 300 are held out


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def state_of(pid):
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rsplit(')', 1)[1].split()[0]
    except OSError:
        return None


class Halted:
    """A training in so many ranks whose processes stand still in the phase: run; pids, by rank; seen, what shows the phase. None of these
    before it does: pids is empty then, after ten tries."""

    def __init__(self, w, folder, phase, ranks, r, launch):
        self.w, self.folder, self.phase, self.r, self.seen = w, folder, phase, r, ''
        for _ in range(10):
            shutil.rmtree(folder, ignore_errors=True)
            self.call = f'{r.choice(("fsync", "rename"))} {r.randrange(4, 25)} {-signal.SIGSTOP} 1' if phase == 'save' else ''
            self.mark = f'{folder}.seen'
            if os.path.exists(self.mark):
                os.unlink(self.mark)
            self.run = launch(self.arguments(), ranks, prefix=self.prefix())
            self.pids = self.halt_in_save() if phase == 'save' else self.halt()
            if self.pids:
                break
            send(ranks_of(folder).values(), signal.SIGCONT)
            self.run.end()

    def arguments(self):
        more = ['-eval_every', '1'] if self.phase == 'validation' else []
        return train(self.w.cfg('labels', STEPS, **KEYS), self.w.path(DATA), self.folder, '-save_every', str(SAVE_EVERY), *more)

    def prefix(self):
        return ('env', f'LD_PRELOAD={FAULTS}', f'FAULT={self.call}', f'FAULT_SEEN={self.mark}') if self.call else ()

    def last_update(self):
        """Its number and whether nothing was said since."""
        lines = list(self.run.lines)
        found = [(int(x[1]), i + 1 == len(lines)) for i, line in enumerate(lines) if (x := re.match(r'(\d+), .* bits/dim', line))]
        return found[-1] if found else (0, False)

    def shows_phase(self, pids):
        update, is_last = self.last_update()
        if self.phase == 'setup':
            self.seen = f'{len(pids)} ranks, no update yet'
            return update == 0
        self.seen = f'after the line of update {update}'
        if self.phase == 'validation':
            self.seen += ', without that of its validation'
            return is_last and update < STEPS
        return 0 < update < STEPS - 1 and update % SAVE_EVERY and update % EVAL_EVERY

    def halt(self):
        while not ranks_of(self.folder) and self.run.process.poll() is None:
            time.sleep(.002)
        if self.phase == 'setup':
            time.sleep(self.r.uniform(0, .4))
        else:
            self.run.wait_for(r'^%d, ' % self.r.randrange(6, 30))
        pids = ranks_of(self.folder)
        while pids and self.run.process.poll() is None:
            send(pids.values(), signal.SIGSTOP)
            time.sleep(.05)  # mpirun passes on what they have said
            if self.shows_phase(pids):
                return pids
            send(pids.values(), signal.SIGCONT)
            if self.phase == 'setup':
                break
            time.sleep(self.r.uniform(0, .02))
        return {}

    def halt_in_save(self):
        while not os.path.exists(self.mark) and self.run.process.poll() is None:
            time.sleep(.002)
        pids = ranks_of(self.folder)
        end = time.time() + 5
        while pids and state_of(pids[0]) != 'T' and time.time() < end:
            time.sleep(.002)
        if not pids or state_of(pids[0]) != 'T':
            return {}
        temporary = [x for x in os.listdir(self.folder) if '.tmp.' in x]
        self.seen = f'rank 0 in front of {" ".join(self.call.split()[:2])}, {len(temporary)} temporary files'
        return pids

    def has_checkpoint(self):
        return os.path.exists(f'{self.folder}/labels_last.state')

    def go_on(self):
        send(self.pids.values(), signal.SIGCONT)
