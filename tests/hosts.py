"""Two hosts on one machine: network namespaces with host names of their own, joined by a pair of virtual devices or by a link with a delay
(tests/slow_link.py). An agent in the place of ssh lets mpirun start processes on both. Needs root."""
import os
import subprocess
import sys
import time

from ranks import PROGRAM, Run, environment, mpirun

NET = '10.77.0.0/24'


def ip(*words):
    subprocess.run(['ip', *words], check=True, stdout=subprocess.DEVNULL)


class Hosts:
    """h1 and h2. The folder is for the agent; delay: milliseconds that each packet takes more."""

    def __init__(self, folder, number=0, delay=None):
        tag = f'{os.getpid()}x{number}'
        self.names = [f'pixelcnn-h{i}-{tag}' for i in (1, 2)]
        self.links = [f'px{i}{tag}'[:15] for i in (1, 2)]
        self.relay = None
        for name in self.names:
            ip('netns', 'add', name)
        self.join(delay)
        for i, (name, link) in enumerate(zip(self.names, self.links)):
            ip('-n', name, 'addr', 'add', f'10.77.0.{i + 1}/24', 'dev', link)
            ip('-n', name, 'link', 'set', link, 'up')
            ip('-n', name, 'link', 'set', 'lo', 'up')
        self.agent = os.path.join(folder, f'agent{number}')
        with open(self.agent, 'w') as f:
            f.write(f'#!/bin/bash\n[ "$1" = 10.77.0.1 ] && ns={self.names[0]} h=h1 || ns={self.names[1]} h=h2\nshift\n'
                    'exec ip netns exec $ns unshare -u bash -c "hostname $h; $*"\n')
        os.chmod(self.agent, 0o755)

    def join(self, delay):
        if delay is None:
            ip('link', 'add', self.links[0], 'type', 'veth', 'peer', 'name', self.links[1])
            for name, link in zip(self.names, self.links):
                ip('link', 'set', link, 'netns', name)
            return
        link = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'slow_link.py')
        self.relay = subprocess.Popen([sys.executable, link, str(delay), *(x for both in zip(self.names, self.links) for x in both)])
        for name, link in zip(self.names, self.links):
            while subprocess.run(['ip', '-n', name, 'link', 'show', link], capture_output=True, check=False).returncode:
                if self.relay.poll() is not None:
                    raise SystemExit('no slow link: is there /dev/net/tun?')
                time.sleep(.05)

    def round_trips(self, n):
        """Seconds, in order, that h1 waits for an answer of h2: it refuses a connection."""
        code = ('import socket, sys, time\nfor i in range(int(sys.argv[1])):\n s, start = socket.socket(), time.monotonic()\n'
                ' assert s.connect_ex(("10.77.0.2", 9)) == 111\n print(time.monotonic() - start)\n')
        said = subprocess.run([*self.on_first(), sys.executable, '-c', code, str(n)], check=True, stdout=subprocess.PIPE, text=True).stdout
        return sorted(float(x) for x in said.split())

    def options(self, ranks):
        """Of mpirun."""
        each = (ranks + 1) // 2
        return ['--mca', 'plm_rsh_agent', self.agent, '--mca', 'btl', 'tcp,self', '--mca', 'btl_tcp_if_include', NET, '--mca', 'oob_tcp_if_include',
                NET, '--mca', 'oob_tcp_keepalive_time', '5', '--mca', 'oob_tcp_keepalive_intvl', '2', '--mca', 'oob_tcp_keepalive_probes', '3',
                '-H', f'10.77.0.1:{each},10.77.0.2:{each}']

    def on_first(self):
        """Words that let a command run on h1."""
        return ['ip', 'netns', 'exec', self.names[0], 'unshare', '-u', 'bash', '-c', 'hostname h1; exec "$@"', 'bash']

    def start(self, arguments, ranks=2, threads=1, prefix=()):
        return Run([*self.on_first(), *mpirun(ranks, *self.options(ranks)), *prefix, PROGRAM, 'pixelcnn', *arguments], environment(threads))

    def cut(self):
        ip('-n', self.names[1], 'link', 'set', self.links[1], 'down')

    def remove(self):
        if self.relay:
            self.relay.terminate()
            self.relay.wait()
        for name in self.names:
            subprocess.run(['ip', 'netns', 'del', name], check=False)
