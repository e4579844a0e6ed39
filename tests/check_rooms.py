#!/usr/bin/env python3
"""Does every include point down? check_rooms.py [DIR]: exit 1 and a line for each include that does not.

A room includes its own files and those of the rooms above it in ROOMS; rooms on one line do not include each other. host/
may use everything but commands/, and nothing includes host/, which is linked by symbol. A file of ours is included by its path
from the top, and every source file is in a room.
"""
import os
import re
import sys

ROOMS = [
    ["base"],
    ["layers/math"],
    ["layers"],
    ["pixelcnn/net"],
    ["pixelcnn/pictures"],
    ["pixelcnn/data"],
    ["pixelcnn/sample"],
    ["pixelcnn/train", "pixelcnn/check", "pixelcnn/codec"],
    ["pixelcnn/watch", "library", "host"],
    ["pixelcnn/commands", "web"],
]
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
SOURCE = (".c", ".h", ".cu", ".cuh")
INCLUDE = re.compile(r'^\s*#\s*include "([^"]+)"', re.M)
OUTSIDE = ("tests", "examples", "build", "data", ".git", "backup", "web/wasi")  # may include anything


def sources():
    for folder, folders, files in os.walk("."):
        room = os.path.relpath(folder, ".")
        folders[:] = [f for f in folders if os.path.normpath(f"{room}/{f}") not in OUTSIDE]
        for name in files:
            if name.endswith(SOURCE):
                yield room, name


def complaints(files):
    names = {name for _, name in files}
    for room, name in files:
        path = os.path.normpath(f"{room}/{name}")
        if room not in LEVEL:
            yield f"{path}: not in a room: expected one of {', '.join(LEVEL)}"
            continue
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for included in INCLUDE.findall(text):
            other, base = os.path.split(included)
            if other in LEVEL:
                if not os.path.exists(included):
                    yield f"{path} includes {included}: no such file"
                elif other != room and LEVEL[other] >= LEVEL[room]:
                    yield f"{path} includes {included}: {room} stands below {other} or beside it"
            elif other or base in names:
                yield f"{path} includes {included}: expected its path from the top, in a room"


def main():
    if len(sys.argv) > 1:
        os.chdir(sys.argv[1])
    files = sorted(sources())
    found = list(complaints(files))
    print("\n".join(found + [f"{len(files)} files, {len(found)} includes or files that are out of order"]))
    return bool(found) or not files


sys.exit(main())
