#!/usr/bin/env python3
"""Trainings on two hosts: two network namespaces, joined by a pair of virtual devices, each with a host name of its own; an agent stands in for ssh.
The same bits as one process, checkpoints that move, and the link cut in each phase of a training. SOAK=1 cuts it more often. Prints TAP."""
import os
import random
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ranks import NETS, PROGRAM, Run, Tap, World, environment, left_behind, mpirun, result, start, train  # noqa: E402

SOAK = os.environ.get('SOAK') == '1'
STEPS = 50
NET = '10.77.0.0/24'
t, w = Tap(), World()
r = random.Random(5)


def ip(*words):
    subprocess.run(['ip', *words], check=True, stdout=subprocess.DEVNULL)


class Hosts:
    """h1 and h2."""

    def __init__(self, number):
        tag = f'{os.getpid()}x{number}'
        self.names = [f'pixelcnn-h{i}-{tag}' for i in (1, 2)]
        self.links = [f'px{i}{tag}'[:15] for i in (1, 2)]
        for name in self.names:
            ip('netns', 'add', name)
        ip('link', 'add', self.links[0], 'type', 'veth', 'peer', 'name', self.links[1])
        for i, (name, link) in enumerate(zip(self.names, self.links)):
            ip('link', 'set', link, 'netns', name)
            ip('-n', name, 'addr', 'add', f'10.77.0.{i + 1}/24', 'dev', link)
            ip('-n', name, 'link', 'set', link, 'up')
            ip('-n', name, 'link', 'set', 'lo', 'up')
        self.agent = w.path(f'agent{number}')
        with open(self.agent, 'w') as f:
            f.write(f'#!/bin/bash\n[ "$1" = 10.77.0.1 ] && ns={self.names[0]} h=h1 || ns={self.names[1]} h=h2\nshift\n'
                    'exec ip netns exec $ns unshare -u bash -c "hostname $h; $*"\n')
        os.chmod(self.agent, 0o755)

    def start(self, arguments, ranks=2, threads=1):
        each = ranks // 2
        command = mpirun(ranks, '--mca', 'plm_rsh_agent', self.agent, '--mca', 'btl', 'tcp,self', '--mca', 'btl_tcp_if_include', NET,
                         '--mca', 'oob_tcp_if_include', NET, '--mca', 'oob_tcp_keepalive_time', '5', '--mca', 'oob_tcp_keepalive_intvl', '2',
                         '--mca', 'oob_tcp_keepalive_probes', '3', '-H', f'10.77.0.1:{each},10.77.0.2:{each}')
        return Run(['ip', 'netns', 'exec', self.names[0], 'unshare', '-u', 'bash', '-c', 'hostname h1; exec "$@"', 'bash', *command, PROGRAM,
                    'pixelcnn', *arguments], environment(threads))

    def cut(self):
        ip('-n', self.names[1], 'link', 'set', self.links[1], 'down')

    def remove(self):
        for name in self.names:
            subprocess.run(['ip', 'netns', 'del', name], check=False)


def finish(net, name, hosts=None, ranks=0, steps=STEPS, moved=False, resumes=None):
    arguments = train(w.cfg(net, steps), w.data(NETS[net][2]), w.path(name))
    run = hosts.start(arguments, ranks) if hosts else start(arguments, ranks)
    status = run.end()
    if status == 0 and resumes not in (None, any(x.startswith('resumed from') for x in run.lines)):
        status = 'of a training run that did not resume' if resumes else 'of one that did'
    return result(w.path(name), net, moved) if status == 0 else f'status {status}: ' + '\n'.join(run.lines)


def cut_training(number, phase, outcome):
    """Cuts the link in that phase; the job ends on both hosts."""
    name, hosts = f'cut{number}', Hosts(number)
    folder = w.path(name)
    more = {'validation': ['-eval_every', '1'], 'save': ['-save_every', '1']}.get(phase, [])
    run = hosts.start(train(w.cfg('labels', 20000), w.data(1), folder, '-save_every', '50', *more))
    if phase == 'setup':
        time.sleep(r.uniform(.3, .9))
    else:
        run.wait_for('^60, ')
        time.sleep(r.uniform(0, .02))
    seen = run.lines[-1][:40] if run.lines else 'nothing'
    hosts.cut()
    begin = time.time()
    status = run.end(60)
    seconds = time.time() - begin
    left = left_behind(folder, 8)
    hosts.remove()
    named = [x for x in run.lines if re.search(r'rank 1 on h2: no sign of life for 5 seconds', x)]
    print(f'# link cut in phase {phase} ({seen}): status {status} after {seconds:.1f} s: {named[:2]}')
    outcome[number] = (status not in (0, None) and seconds < 30 and not left and (bool(named) or phase == 'setup'), phase, run.lines[-15:], left)


wanted = {net: finish(net, f'{net}-1') for net in ('labels', 'colour')}
for digest in wanted.values():
    assert not digest.startswith('status'), digest
hosts = Hosts(0)
for net, ranks in (('labels', 2), ('colour', 4)):
    got = finish(net, f'{net}-hosts', hosts, ranks)
    t.check(f'{net}: {ranks} ranks on two hosts train what one process trains', got == wanted[net], got)
got = finish('labels', 'there', hosts, 2, steps=20)
got = finish('labels', 'there', moved=True, resumes=True)
moved = result(w.path('labels-1'), 'labels', True)
t.check('a checkpoint of two hosts goes on in one process', got == moved, got)
got = finish('labels', 'back', steps=20)
got = finish('labels', 'back', hosts, 4, moved=True, resumes=True)
t.check('and the other way round', got == moved, got)
hosts.remove()

cuts, outcome = ['setup', 'step', 'validation', 'save', 'step'] if SOAK else ['step'], {}
for i in range(0, len(cuts), 2):  # they mostly wait
    some = [threading.Thread(target=cut_training, args=(k + 1, cuts[k], outcome)) for k in range(i, min(i + 2, len(cuts)))]
    for x in some:
        x.start()
    for x in some:
        x.join()
for number, (ok, phase, lines, left) in sorted(outcome.items()):
    t.check(f'the link cut in phase {phase} ends the job in 30 seconds on both hosts', ok, *lines, left)
w.remove()
t.end()
