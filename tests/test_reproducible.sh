#!/bin/bash
# Are two builds in folders of different length bit-identical? Prints TAP. By default it compares some objects, ours and Darknet's,
# with and without debugging information, and an archive; with SOAK=1 the whole program and library, which takes minutes.
cd "$(dirname "$0")/.."
echo 1..1
darknet=build/darknet-61c9d02e
[ -d $darknet ] || { echo "ok 1 - two builds are the same # SKIP no $darknet"; exit 0; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn-twice.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

if [ -n "${SOAK:-}" ]; then
    targets="all library" products="build/cpu/darknet build/cpu/libpixelcnn.so.0"
else
    # assert() in list.c and in our own code has a path in it.
    objects="base/errors.o pixelcnn/commands/version.o darknet-src/list.o darknet-src/matrix.o library/call.o"
    targets=$(printf 'build/cpu/%s ' $objects) products=$targets
    debug=$(printf 'build/cpu-debug/%s ' base/errors.o darknet-src/list.o)
fi

build() {
    mkdir -p "$1/build" && cp -r Makefile mk base host layers pixelcnn library scripts "$1" && cp -rL $darknet "$1/build/" && cd "$1" &&
        make -s -j2 $targets >/dev/null && { [ -z "$debug" ] || make -s -j2 DEBUG=1 $debug >/dev/null; } &&
        ar rcsD objects.a $(find build/cpu build/cpu-debug -name '*.o' 2>/dev/null | sort) && cd - >/dev/null
}
short=$scratch/a long=$scratch/a-folder-with-a/much/longer/name
build "$short" && build "$long" || { echo "not ok 1 - two builds are the same: not built"; exit 1; }
for file in $products $debug objects.a; do
    cmp "$short/$file" "$long/$file" || failed=1
done
if [ -n "${failed:-}" ]; then echo "not ok 1 - two builds are the same"; exit 1; fi
echo "ok 1 - two builds are the same"
