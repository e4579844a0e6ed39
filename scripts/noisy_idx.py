#!/usr/bin/env python3
"""A training set for a background net: the first N images of an IDX file, in which each value becomes, with probability RATE, any
of 0 to 255 with equal probability (Ren et al. 2019, section 3.2).

    noisy_idx.py FILE N RATE OUT        FILE raw or .gz; OUT is a new train-images-idx3-ubyte
"""
import gzip
import random
import struct
import sys


def main():
    source, n, rate, to = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    with (gzip.open if source.endswith(".gz") else open)(source, "rb") as f:
        magic, images, height, width = struct.unpack(">4i", f.read(16))
        if magic != 0x803 or images < n:
            sys.exit(f"{source}: expected an idx3-ubyte file of at least {n} images")
        pixels = bytearray(f.read(n * height * width))
    draw = random.Random(0)
    for i in range(len(pixels)):
        if draw.random() < rate:
            pixels[i] = draw.getrandbits(8)
    with open(to, "wb") as f:
        f.write(struct.pack(">4i", magic, n, height, width) + pixels)


main()
