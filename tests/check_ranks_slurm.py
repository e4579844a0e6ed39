#!/usr/bin/env python3
"""Trainings over a real Slurm of one node, started here: examples/train.sbatch is stopped by SIGTERM, queues itself again and ends in the weights
of an uninterrupted training; a rank that is killed ends the job; three cfgs as an array. SOAK=1 waits for the job's time limit. Prints TAP."""
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ranks import NETS, PROGRAM, Tap, World, ranks_of, result, start, train  # noqa: E402

SOAK = os.environ.get('SOAK') == '1'
t, w = Tap(), World()
host = os.uname().nodename.split('.')[0]


class Slurm:
    """munged, slurmctld and slurmd with everything they write in one folder."""

    def __init__(self):
        self.folder = d = w.path('slurm')
        for name in ('', 'state', 'spool', 'run'):
            os.makedirs(f'{d}/{name}', mode=0o755, exist_ok=True)
        os.chmod(w.folder, 0o755)
        with open(f'{d}/key', 'wb') as f:
            f.write(os.urandom(1024))
        os.chmod(f'{d}/key', 0o400)
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
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
''')
        self.env = dict(os.environ, SLURM_CONF=f'{d}/slurm.conf', PIXELCNN=PROGRAM)
        self.daemons = [self.daemon('munged', '--foreground', '--force', f'--key-file={d}/key', f'--socket={d}/run/munge.socket',
                                    f'--pid-file={d}/run/munge.pid', f'--log-file={d}/munge.log', f'--seed-file={d}/seed')]
        self.wait(lambda: os.path.exists(f'{d}/run/munge.socket'), 10)
        self.daemons += [self.daemon('slurmctld', '-D'), self.daemon('slurmd', '-D', '-N', host)]
        self.up = self.wait(lambda: 'idle' in self.say('sinfo', '-h', '-o', '%T'), 30)

    def daemon(self, *words):
        with open(f'{self.folder}/{words[0]}.out', 'w') as f:
            return subprocess.Popen(words, env=self.env, stdout=f, stderr=f, stdin=subprocess.DEVNULL)

    def say(self, *words):
        return subprocess.run(words, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder).stdout

    @staticmethod
    def wait(holds, seconds):
        end = time.time() + seconds
        while time.time() < end:
            if holds():
                return True
            time.sleep(.2)
        return False

    def submit(self, *words):
        said = self.say('sbatch', *words)
        found = re.search(r'Submitted batch job (\d+)', said)
        if not found:
            raise SystemExit(f'sbatch: {said}')
        return found[1]

    def state(self, job):
        return self.say('squeue', '-h', '-o', '%T', '-j', job).strip()

    def field(self, job, key):
        found = re.search(rf'\b{key}=(\S+)', self.say('scontrol', 'show', 'job', job))
        return found[1] if found else ''

    def stop(self):
        for d in reversed(self.daemons):
            d.send_signal(signal.SIGTERM)
        for d in self.daemons:
            try:
                d.wait(10)
            except subprocess.TimeoutExpired:
                d.kill()


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ''


def finish(net, steps, name):
    run = start(train(w.cfg(net, steps), w.data(NETS[net][2]), w.path(name)))
    status = run.end(900)
    return status


def final(folder, name):
    with open(f'{folder}/{name}_final.weights', 'rb') as f:
        return f.read()


def until_done(s, job, seconds):
    return s.wait(lambda: s.state(job) in ('', 'COMPLETED', 'FAILED', 'CANCELLED'), seconds)


def stopped_and_requeued(s, steps, limit):
    """Returns what the job said. Without a limit SIGTERM is sent at once, as Slurm sends it."""
    backup, log = f'{s.folder}/backup/labels', f'{s.folder}/train.log'
    options = limit or ['--time=10']
    job = s.submit('--ntasks=2', '--cpus-per-task=1', *options, f'--output={log}', f'{os.getcwd()}/examples/train.sbatch',
                   w.cfg('labels', steps), w.data(1))
    s.wait(lambda: 'bits/dim' in read(log), 60)
    if not limit:
        s.say('scancel', '--signal=TERM', job)
    stopped = s.wait(lambda: 'stopped after iteration' in read(log), 200)
    requeued = s.wait(lambda: s.field(job, 'Restarts') == '1', 60)
    s.say('scontrol', 'update', f'JobId={job}', 'StartTime=now')  # Slurm waits for two minutes
    done = until_done(s, job, 600)
    said = read(log)
    t.check('a job gets SIGTERM, saves, and queues itself again', stopped and requeued and 'checkpoint saved' in said, said[-3000:])
    t.check('it goes on from the checkpoint to the end', done and 'resumed from' in said and 'trained for' in said, said[-3000:])
    finish('labels', steps, 'whole')
    t.check('to the weights of an uninterrupted training', os.path.exists(f'{backup}/labels_final.weights')
            and final(backup, 'labels') == final(w.path('whole'), 'labels'))


def killed_rank(s):
    log, backup = f'{s.folder}/killed.log', f'{s.folder}/backup/colour'
    job = s.submit('--ntasks=2', '--cpus-per-task=1', '--time=10', f'--output={log}', f'{os.getcwd()}/examples/train.sbatch',
                   w.cfg('colour', 1000000), w.data(3))
    s.wait(lambda: 'bits/dim' in read(log), 60)
    pids = [int(p) for p in s.say('pgrep', '-f', f'{PROGRAM} pixelcnn train {w.path("colour.cfg")}').split()]
    pids = [p for p in pids if b'SLURM_PROCID=1\0' in open(f'/proc/{p}/environ', 'rb').read() and b'darknet' in os.readlink(f'/proc/{p}/exe').encode()]
    begin = time.time()
    os.kill(pids[0], signal.SIGKILL)
    done = until_done(s, job, 40)
    said = read(log)
    t.check('a rank that is killed ends the job, and is named', done and time.time() - begin < 30
            and re.search(rf'(task 1: Killed|rank 1 on {host})', said), said[-2000:])


def array(s):
    cfgs = [w.cfg(net, 20) for net in ('labels', 'passes', 'binary')]
    job = s.submit('--array=0-2', '--ntasks=1', '--cpus-per-task=1', '--time=10', f'--output={s.folder}/sweep-%a.log',
                   f'{os.getcwd()}/examples/sweep.sbatch', w.data(1), *cfgs)
    done = until_done(s, job, 120)
    files = [f'{s.folder}/backup/{n}/{n}_final.weights' for n in ('labels', 'passes', 'binary')]
    t.check('three cfgs as an array', done and all(map(os.path.exists, files)), *(read(f'{s.folder}/sweep-{i}.log')[-800:] for i in range(3)))


s = Slurm()
try:
    if t.check('Slurm starts', s.up, read(f'{s.folder}/ctld.log')[-2000:], read(f'{s.folder}/d.log')[-2000:]):
        if SOAK:
            stopped_and_requeued(s, 40000, ['--time=2', '--signal=TERM@60'])
        else:
            stopped_and_requeued(s, 4000, None)
        array(s)
        killed_rank(s)
finally:
    s.stop()
w.remove()
t.end()
