"""Trainings in one process and in several, for tests/check_ranks.py and others: small data sets and nets, mpirun on one host or on two
network namespaces in the place of two, and what is to be the same to the bit."""
import hashlib
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.path.abspath('build/cpu-mpi/darknet')
HOST = os.uname().nodename
STEPS = 50
TAIL = ('[gated_vstack]\nfilters=6\n[gated_hstack]\nfilters=6\nmask=a\n[gated_vstack]\nfilters=6\n[gated_hstack]\nfilters=6\n[skip_sum]\n'
        'filters=6\nactivation=relu\n[convolutional]\nfilters=%d\nactivation=linear\n%s[pixel_softmax]\nlevels=%d\n')
LABEL = '[label_embed]\nclasses=3\nsize=4\ndropout=0.3\n'

# Nets: name, [net] besides the size, label, colours, levels. What each adds: the norm is clipped at each step, labels are dropped, averages;
# passes of a batch that is no power of two, distorted images; colour, and Muon; a batch of seven, images drawn black and white.
NETS = {
    'labels': ('batch=16\nadam=1\nlearning_rate=0.01\nema=0.9\nclip_norm=0.01\n', LABEL, 1, 4),
    'passes': ('batch=24\nsubdivisions=2\nmomentum=0.9\nlearning_rate=0.1\ndistort=0.5\nangle=20\n', '', 1, 4),
    'colour': ('batch=16\nsubdivisions=4\nadam=1\nmuon=0.02\nlearning_rate=0.01\n', LABEL, 3, 3),
    'binary': ('batch=7\nadam=1\nlearning_rate=0.01\nbinarise=bernoulli\n', LABEL, 1, 2),
}


class World:
    """A folder of data sets and cfgs, removed at the end."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='pixelcnn-ranks.')
        for colours in (1, 3):
            self.make_data(self.data(colours), colours, seed=colours)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def data(self, colours):
        return self.path(f'data{colours}')

    def make_data(self, folder, colours, seed, n=60, h=6, w=5):
        os.makedirs(folder)
        r = random.Random(seed)
        shape = (n, h, w) if colours == 1 else (n, colours, h, w)
        kind = 'idx3' if colours == 1 else 'idx4'
        pixels = bytes(r.randrange(256) for _ in range(n * colours * h * w))
        for split in ('train', 't10k'):
            with open(f'{folder}/{split}-images-{kind}-ubyte', 'wb') as f:
                f.write(struct.pack(f'>HBB{len(shape)}I', 0, 8, len(shape), *shape) + pixels)
            with open(f'{folder}/{split}-labels-idx1-ubyte', 'wb') as f:
                f.write(struct.pack('>HBBI', 0, 8, 1, n) + bytes(i % 3 for i in range(n)))

    def cfg(self, net, steps, **keys):
        """Writes the cfg of a net of NETS. Its checkpoints belong to it by path and text, but for max_batches."""
        own, label, colours, levels = NETS[net]
        for key, value in keys.items():
            own = re.sub(f'^{key}=.*\n', '', own, flags=re.M) + f'{key}={value}\n'
        groups = '' if colours == 1 else f'groups={colours}\n'
        tail = (TAIL % (colours * levels, '', levels)).replace('activation=linear\n', 'activation=linear\n' + groups)
        path = self.path(f'{net}.cfg')
        new = f'{path}.{threading.get_ident()}'  # another thread's training may read the one that is there
        with open(new, 'w') as f:
            f.write(f'[net]\n{own}height=6\nwidth=5\nchannels={colours}\nmax_batches={steps}\n{label}{tail}')
        os.replace(new, path)
        return path


class Run:
    """A command that runs in the background; its lines on stderr are at hand as they come."""

    def __init__(self, command, env):
        self.start, self.lines, self.command = time.time(), [], command
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='replace',
                                        stdin=subprocess.DEVNULL, start_new_session=True)
        self.out = ''
        self.threads = [threading.Thread(target=f) for f in (self.read_err, self.read_out)]
        for t in self.threads:
            t.start()

    def read_err(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip('\n'))

    def read_out(self):
        self.out = self.process.stdout.read()

    def wait_for(self, pattern, after=0, seconds=60):
        """The number of the first line after so many that has the pattern; None if the command ends before."""
        end, at = time.time() + seconds, after
        while time.time() < end:
            ended = self.process.poll() is not None
            while at < len(self.lines):
                if re.search(pattern, self.lines[at]):
                    return at
                at += 1
            if ended:
                return None
            time.sleep(.001)
        return None

    def end(self, seconds=120):
        """Its status; None if it had to be killed."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            status = None
        for t in self.threads:
            t.join(10)
        self.seconds = time.time() - self.start
        return status

    def ours(self):
        """Its lines without those of mpirun, which stand between lines of dashes or name it."""
        kept, boxed = [], False
        for line in self.lines:
            if re.fullmatch('-{20,}', line):
                boxed = not boxed
            elif not boxed and line and not re.match(r'\[.*\] |mpirun', line):
                kept.append(line)
        return kept


def environment(threads):
    env = dict(os.environ, OMP_NUM_THREADS=str(threads), OMPI_ALLOW_RUN_AS_ROOT='1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM='1', GOMP_SPINCOUNT='100')
    if threads == 0:
        del env['OMP_NUM_THREADS']
    return env


def mpirun(ranks, *options):
    return ['mpirun', '--oversubscribe', '--bind-to', 'none', *options, '-np', str(ranks)]


def start(arguments, ranks=0, threads=1, options=(), program=None, prefix=()):
    """program pixelcnn ARGUMENTS, on so many ranks; 0: without mpirun. prefix: words before it, such as env A=B."""
    command = [*prefix, program or PROGRAM, 'pixelcnn', *arguments]
    return Run(mpirun(ranks, *options) + command if ranks else command, environment(threads))


def train(cfg, data, folder, *more):
    return ['train', cfg, data, '-backup', folder, '-report', 'none', '-eval_every', '20', *more]


def result(folder, name, moved=False):
    """What a training leaves, without what depends on time: final weights, the log without seconds, and the state: moments, averages, the mean of
    all losses as a double. moved: also without what a training that ended in between has validated there."""
    digest = hashlib.sha256()
    with open(f'{folder}/{name}_final.weights', 'rb') as f:
        digest.update(f.read())
    with open(f'{folder}/{name}.csv') as f:
        for line in f:
            fields = line.rstrip().split(',')
            if not moved or not fields[5]:
                digest.update(','.join(fields[:2] + fields[3:]).encode())
    with open(f'{folder}/{name}_last.state', 'rb') as f:
        state = f.read()
    header, progress = 128, 80
    seen = bytearray(state[header:header + progress])
    seen[64:72] = bytes(8)  # seconds
    if moved:
        seen[48:56] = bytes(8)  # the best validation
    digest.update(seen + state[header + progress:])
    return digest.hexdigest()


def finish(w, net, name, ranks=0, threads=1, steps=STEPS, moved=False, resumes=None, launch=start, **options):
    """The digest of a whole training run, or of what is left of one; what it said if it failed. resumes: whether it should resume a
    checkpoint; None: either. options: keys of the cfg, and program."""
    program = {'program': options.pop('program')} if 'program' in options else {}
    data = w.path(options.pop('data')) if 'data' in options else w.data(NETS[net][2])
    run = launch(train(w.cfg(net, steps, **options), data, w.path(name)), ranks, threads, **program)
    status = run.end(600)
    if status == 0 and resumes not in (None, any(x.startswith('resumed from') for x in run.lines)):
        status = 'of a training run that did not resume' if resumes else 'of one that did'
    return result(w.path(name), net, moved) if status == 0 else f'status {status}: ' + '\n'.join(run.lines)


def processes(text):
    """Processes of ours that have the text among their arguments: pid and arguments."""
    found = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/cmdline', 'rb') as f:
                words = f.read().decode(errors='replace').split('\0')
            with open(f'/proc/{pid}/stat') as f:
                zombie = f.read().rsplit(')', 1)[1].split()[0] == 'Z'
        except OSError:
            continue
        if text in words and not zombie:
            found[int(pid)] = words
    return found


def ranks_of(folder):
    """Of the training in this folder, or with this cfg: the process of each rank."""
    found = {}
    for pid, words in processes(folder).items():
        if os.path.basename(words[0]) != 'darknet':
            continue
        try:
            with open(f'/proc/{pid}/environ', 'rb') as f:
                rank = re.search(rb'\0(?:OMPI_COMM_WORLD_RANK|PMIX_RANK)=(\d+)', f.read())
        except OSError:
            continue
        if rank:
            found[int(rank[1])] = pid
    return found


def left_behind(folder, seconds=5):
    """Processes of the training that have not ended by then."""
    end = time.time() + seconds
    while processes(folder) and time.time() < end:
        time.sleep(.05)
    return processes(folder)


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def check(self, name, ok, *why):
        self.n += 1
        self.failed += not ok
        if not ok:
            for w in why:
                for line in str(w).split('\n'):
                    print('#', line)
        print(f'{"ok" if ok else "not ok"} {self.n} - {name}', flush=True)
        return ok

    def skip(self, name, why):
        self.n += 1
        print(f'ok {self.n} - {name} # SKIP {why}', flush=True)

    def end(self):
        print(f'1..{self.n}')
        sys.exit(1 if self.failed else 0)
