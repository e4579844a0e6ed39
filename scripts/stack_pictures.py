#!/usr/bin/env python3
"""Pictures of an IDX file's images, for other compressors: each image in a file, and many below each other in one.

    stack_pictures.py FILE-idx3-ubyte|FILE-idx4-ubyte FOLDER [N]     N images in a stack, as a rule 500

FOLDER/each has a PGM or PPM of each image, FOLDER/stacks one of each N, FOLDER/raw the bytes of all values.
"""
import os
import struct
import sys


def main():
    source, folder, together = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 500
    with open(source, "rb") as f:
        dims = struct.unpack(">4B", f.read(4))[3]
        shape = struct.unpack(f">{dims}i", f.read(4 * dims))
        values = f.read()
    n, c, h, w = shape if dims == 4 else (shape[0], 1, *shape[1:])
    kind, ending = ("P5", "pgm") if c == 1 else ("P6", "ppm")
    size, plane = c * h * w, h * w
    images = []
    for i in range(n):
        pixels = bytearray(size)
        for k in range(c):
            pixels[k::c] = values[i * size + k * plane : i * size + (k + 1) * plane]
        images.append(bytes(pixels))
    for name, step in (("each", 1), ("stacks", together)):
        os.makedirs(f"{folder}/{name}", exist_ok=True)
        for i in range(0, n, step):
            some = images[i : i + step]
            with open(f"{folder}/{name}/{i:05}.{ending}", "wb") as f:
                f.write(f"{kind}\n{w} {len(some) * h}\n255\n".encode() + b"".join(some))
    with open(f"{folder}/raw", "wb") as f:
        f.write(b"".join(images))


main()
