#!/usr/bin/env python3
"""A link between two network namespaces on which each packet takes MS milliseconds more, in both directions: slow_link.py MS NAMESPACE DEVICE
NAMESPACE DEVICE. It makes a TUN device in each and passes on what comes, until it is ended. For kernels without netem."""
import collections
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET = 0x400454ca, 1, 0x1000, 0x40000000
MTU = 65000  # few packets: this program is no fast one
FIRST = os.sched_param(1)


def device(namespace, name):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f'/var/run/netns/{namespace}') as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), namespace)
    fd = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(['ip', 'link', 'set', name, 'mtu', str(MTU)], check=True)
    return fd


def main():
    delay = float(sys.argv[1]) / 1000
    ends = [device(*sys.argv[i:i + 2]) for i in (2, 4)]
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, FIRST)  # on time, though all cores compute
    except OSError:
        os.nice(-20)
    waiting = collections.deque()  # (time, end, packet), in the order of time
    while True:
        left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for fd in select.select(ends, [], [], left)[0]:
            waiting.append((time.monotonic() + delay, ends[fd == ends[0]], os.read(fd, 1 << 16)))
        while waiting and waiting[0][0] <= time.monotonic():
            _, to, packet = waiting.popleft()
            try:
                os.write(to, packet)
            except OSError:  # the device is down
                pass


main()
