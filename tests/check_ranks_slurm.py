#!/usr/bin/env python3
"""Trainings over a real Slurm of one node, started here (tests/test_ranks_slurm.sh): examples/train.sbatch is stopped by SIGTERM, queues itself
again, resumes, and ends in the weights of an undisturbed training; examples/sweep.sbatch trains three cfgs as an array; a rank that is killed ends
its job; tasks that cannot find each other say so. SOAK=1: SIGTERM comes because of the time limit, not from scancel. Prints TAP."""
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from phases import DATA, KEYS, prepare, send  # noqa: E402
from ranks import PROGRAM, Tap, World, finish, left_behind, ranks_of, result, start, train  # noqa: E402

SOAK = os.environ.get('SOAK') == '1'
EXAMPLES = os.path.abspath('examples')
t, w = Tap(), World()
host = os.uname().nodename.split('.')[0]


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ''


def wait(holds, seconds):
    end = time.time() + seconds
    while time.time() < end:
        if holds():
            return True
        time.sleep(.3)
    return False


class Slurm:
    """munged, slurmctld and slurmd, with all that they write in one folder."""

    def __init__(self):
        self.folder = d = w.path('slurm')
        for name in ('', 'state', 'spool', 'run'):
            os.makedirs(f'{d}/{name}', mode=0o755, exist_ok=True)
        os.chmod(w.folder, 0o755)
        with open(os.open(f'{d}/key', os.O_WRONLY | os.O_CREAT, 0o400), 'wb') as f:
            f.write(os.urandom(1024))
        port = 20000 + os.getpid() % 20000
        with open(f'{d}/slurm.conf', 'w') as f:
            f.write(f'''ClusterName=pixelcnn
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={d}/run/munge.socket
CredType=cred/munge
SlurmctldPort={port}
SlurmdPort={port + 1}
SlurmctldPidFile={d}/run/ctld.pid
SlurmdPidFile={d}/run/d.pid
SlurmctldLogFile={d}/ctld.log
SlurmdLogFile={d}/d.log
StateSaveLocation={d}/state
SlurmdSpoolDir={d}/spool
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=pmix
ReturnToService=2
KillWait=20
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
''')
        self.env = dict(os.environ, SLURM_CONF=f'{d}/slurm.conf', PIXELCNN=PROGRAM + ' pixelcnn')
        self.daemons = [self.daemon('munged', '--foreground', '--force', f'--key-file={d}/key', f'--socket={d}/run/munge.socket',
                                    f'--pid-file={d}/run/munge.pid', f'--log-file={d}/munge.log', f'--seed-file={d}/seed')]
        wait(lambda: os.path.exists(f'{d}/run/munge.socket'), 10)
        self.daemons += [self.daemon('slurmctld', '-D'), self.daemon('slurmd', '-D')]
        self.is_up = wait(lambda: 'idle' in self.say('sinfo', '-h', '-o', '%T'), 60)

    def daemon(self, *words):
        with open(f'{self.folder}/{words[0]}.out', 'w') as f:
            return subprocess.Popen(words, env=self.env, stdout=f, stderr=f, stdin=subprocess.DEVNULL, start_new_session=True)

    def say(self, *words):
        return subprocess.run(words, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                              cwd=self.folder).stdout

    def logs(self):
        return '\n'.join(read(f'{self.folder}/{x}')[-1500:] for x in ('munged.out', 'ctld.log', 'd.log'))

    def submit(self, *words):
        said = self.say('sbatch', *words)
        found = re.search(r'Submitted batch job (\d+)', said)
        if not found:
            raise SystemExit(f'sbatch: {said}')
        return found[1]

    def state(self, job):
        """'': it is over."""
        return self.say('squeue', '-h', '-o', '%T', '-j', job).strip()

    def field(self, job, key):
        found = re.search(rf'\b{key}=(\S+)', self.say('scontrol', 'show', 'job', job))
        return found[1] if found else ''

    def is_over(self, job):
        state = self.state(job)
        # Slurm lets a requeued job wait for two minutes, so that what is left of its first step is gone, which has the same number.
        if state == 'PENDING' and not self.steps():
            self.say('scontrol', 'update', f'JobId={job}', 'StartTime=now')
        return state == '' or 'Invalid job id' in state

    def steps(self):
        """Slurm's processes that look after a job's tasks, which report to it at the end: those with its log open."""
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            if not read(f'/proc/{pid}/comm').startswith('slurmstepd'):
                continue
            log = f'/proc/{pid}/fd/3'
            if os.path.islink(log) and os.readlink(log).startswith(self.folder):
                found.append(int(pid))
        return found

    def stop(self):
        wait(lambda: not self.steps(), 15)
        send(self.steps(), signal.SIGKILL)
        for d in reversed(self.daemons):
            d.send_signal(signal.SIGTERM)
        for d in self.daemons:
            try:
                d.wait(20)
            except subprocess.TimeoutExpired:
                d.kill()


def steps_for(seconds):
    """Updates that two ranks make in so many seconds."""
    run = start(train(w.cfg('labels', 200, **KEYS), w.path(DATA), w.path('speed')), 2)
    assert run.end() == 0, run.lines
    trained = next(float(x[1]) for line in run.lines if (x := re.match(r'trained for ([0-9.]+) seconds', line)))
    return int(200 * seconds / trained)


def stopped_and_requeued(s):
    """Two ranks; they are stopped by SIGTERM as Slurm sends it before the time limit, or at once if there is time for it."""
    log = f'{s.folder}/train.log'
    steps = steps_for(45 if SOAK else 8)
    options = ['--time=2', '--signal=TERM@90'] if SOAK else ['--time=10']
    begin = time.time()
    job = s.submit('--ntasks=2', '--cpus-per-task=1', *options, f'--output={log}', f'{EXAMPLES}/train.sbatch', w.cfg('labels', steps, **KEYS),
                   w.path(DATA))
    if not SOAK:
        wait(lambda: 'bits/dim' in read(log), 60)
        s.say('scancel', '--signal=TERM', job)
    over, restarts = wait(lambda: s.is_over(job), 900), s.field(job, 'Restarts')
    said = read(log)
    stops = re.findall('^SIGTERM: stopped after iteration (\\d+), checkpoint saved', said, re.M)
    resumes = re.findall('^resumed from .*', said, re.M)
    print(f'# {steps} updates in {time.time() - begin:.0f} seconds; stopped after {", ".join(stops)}; restarts: {restarts}; {resumes[:1]}')
    t.check('a job gets SIGTERM, saves, and queues itself again', stops and int(restarts or 0) >= 1, said[-3000:])
    t.check('it resumes its checkpoint and goes on to the end', over and len(resumes) == len(stops) and 'trained for' in said
            and s.field(job, 'JobState') == 'COMPLETED', said[-3000:])
    wanted = finish(w, 'labels', 'undisturbed', 0, 2, steps, moved=True, data=DATA, **KEYS)
    t.check('to the bits of an undisturbed training in one process', result(f'{s.folder}/backup/labels', 'labels', True) == wanted, wanted)


def killed_rank(s):
    log, cfg = f'{s.folder}/killed.log', w.cfg('colour', 1000000)
    job = s.submit('--ntasks=2', '--cpus-per-task=1', '--time=10', f'--output={log}', f'{EXAMPLES}/train.sbatch', cfg, w.data(3))
    wait(lambda: 'bits/dim' in read(log), 60)
    pids = ranks_of(cfg)
    os.kill(pids[1], signal.SIGKILL)
    begin = time.time()
    over = wait(lambda: s.is_over(job), 40)
    seconds, said = time.time() - begin, read(log)
    print(f'# after {seconds:.1f} seconds: {re.findall("^(?:srun: error|rank 1).*", said, re.M)}')
    t.check('a rank that is killed ends its job, and is named', over and seconds < 30 and s.field(job, 'JobState') == 'FAILED'
            and re.search(r'task 1: Killed', said) and not left_behind(cfg), said[-2000:])


def array(s):
    nets, folder = ('labels', 'passes', 'binary'), w.path('sweep')  # a folder without the other trainings of a cfg of that name
    os.makedirs(folder)
    job = s.submit('--array=0-2', f'--chdir={folder}', '--ntasks=1', '--cpus-per-task=1', '--time=10', f'--output={s.folder}/sweep-%a.log',
                   f'{EXAMPLES}/sweep.sbatch', w.data(1), *(w.cfg(net, 20) for net in nets))
    over = wait(lambda: s.is_over(job), 180)
    t.check('three cfgs as an array end', over, *(read(f'{s.folder}/sweep-{i}.log')[-800:] for i in range(3)))
    for net in nets:
        with open(w.path(f'{net}.cfg')) as f:
            assert f.read().count('max_batches=20')
        alone, files = finish(w, net, f'{net}-alone', steps=20), []
        for backup in (w.path(f'{net}-alone'), f'{folder}/backup/{net}'):
            name = f'{backup}/{net}_final.weights'
            with open(name if os.path.exists(name) else os.devnull, 'rb') as f:
                files.append(f.read())
        t.check(f'{net}: in its own folder, with the weights of a training without Slurm', files[0] and files[0] == files[1], alone)


def without_pmix(s):
    said = s.say('srun', '--mpi=none', '-n', '2', '--overcommit', PROGRAM, 'pixelcnn', *train(w.cfg('labels', 5), w.data(1), w.path('none')))
    lines = [x for x in said.split('\n') if x and not x.startswith('srun:')]
    wanted = ('a launcher started 2 processes (SLURM_STEP_NUM_TASKS) that cannot find each other: with Slurm use srun --mpi=pmix (srun --mpi=list '
              'shows what there is)')
    t.check('tasks that cannot find each other say so', lines == [wanted] * 2 and not os.path.exists(w.path('none')), said)


prepare(w)
s = Slurm()
try:
    if t.check('Slurm starts', s.is_up, s.logs()):
        stopped_and_requeued(s)
        array(s)
        killed_rank(s)
        without_pmix(s)
finally:
    s.stop()
w.remove()
t.end()
