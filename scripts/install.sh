#!/bin/sh
# For make install and make uninstall, which set the variables: install.sh install PROGRAM SHARED STATIC | install.sh uninstall
# Removes what this tree installs, file by file, and those of its folders that are then empty.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^#define PIXELCNN_VERSION "\(.*\)"/\1/p' library/pixelcnn.h)

# A relative folder is one in the repository, as make's are; files that name it need all of it.
whole() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s' "$PWD/$1" ;; esac; }
prefix=$(whole "$PREFIX") libdir=$(whole "$LIBDIR") includedir=$(whole "$INCLUDEDIR") datadir=$(whole "$DATADIR")
bin=$DESTDIR$(whole "$BINDIR") lib=$DESTDIR$libdir include=$DESTDIR$includedir man=$DESTDIR$(whole "$MANDIR")
data=$DESTDIR$datadir python=$DESTDIR$(whole "$PYTHONDIR")

# For the right side of sed's s|||, and for a value of a .pc file, in which a space ends a word.
in_sed() { printf '%s' "$1" | sed 's/[\\&|]/\\&/g'; }
in_pc() { in_sed "$(printf '%s' "$1" | sed 's/[] "#$&'\''()*;<>?[\\`|~]/\\&/g')"; }

# To a file from standard input, by way of a temporary one: what fails leaves the old file.
put() {
    temporary=$(mktemp)
    if cat >"$temporary" && [ -s "$temporary" ] && install -m 644 "$temporary" "$1"; then rm -f "$temporary"; else
        rm -f "$temporary"
        echo "$1: not written" >&2
        exit 1
    fi
}

install_all() {
    install -d "$bin" "$lib/pkgconfig" "$include" "$man/man1" "$python/pixelcnn" "$data/cfg" "$data/examples" "$data/weights"
    install -m 755 "$1" "$bin/darknet"
    ln -sf darknet "$bin/pixelcnn"
    install -m 644 "$2" "$lib/libpixelcnn.so.$version"
    ln -sf "libpixelcnn.so.$version" "$lib/libpixelcnn.so.0"
    ln -sf libpixelcnn.so.0 "$lib/libpixelcnn.so"
    install -m 644 "$3" "$lib/libpixelcnn.a"
    install -m 644 library/pixelcnn.h "$include"
    sed "s|@PREFIX@|$(in_pc "$prefix")|; s|@LIBDIR@|$(in_pc "$libdir")|; s|@INCLUDEDIR@|$(in_pc "$includedir")|
        s|@VERSION@|$version|; s|@LIBS@|$LIBRARY_LIBS|" library/pixelcnn.pc.in | put "$lib/pkgconfig/pixelcnn.pc"
    page=$(scripts/man_page.sh "$(whole "$1")" "$version" "$datadir")
    printf '%s\n' "$page" | put "$man/man1/pixelcnn.1"
    rm -f "$python/pixelcnn.py" # of a version in which it was a file
    install -m 644 python/pixelcnn/*.py "$python/pixelcnn"
    install -m 644 python/pixelcnn_torch.py "$python"
    install -m 644 cfg/*.cfg "$data/cfg"
    install -m 644 examples/*.c examples/*.py "$data/examples"
    for file in weights/*.weights weights/*.names; do [ ! -f "$file" ] || install -m 644 "$file" "$data/weights"; done
}

remove_all() {
    rm -f "$bin/darknet" "$bin/pixelcnn" "$include/pixelcnn.h" "$man/man1/pixelcnn.1" "$python/pixelcnn_torch.py" \
        "$lib/libpixelcnn.a" "$lib/libpixelcnn.so" "$lib/libpixelcnn.so.0" "$lib/libpixelcnn.so.$version" "$lib/pkgconfig/pixelcnn.pc"
    for file in python/pixelcnn/*.py; do rm -f "$python/${file#python/}"; done
    rm -f "$python"/pixelcnn/__pycache__/*.cpython-*.pyc "$python"/__pycache__/pixelcnn_torch.cpython-*.pyc
    for file in cfg/*.cfg examples/*.c examples/*.py weights/*.weights weights/*.names; do rm -f "$data/$file"; done
    for folder in "$python/pixelcnn/__pycache__" "$python/pixelcnn" "$python/__pycache__" "$data/cfg" "$data/examples" "$data/weights" "$data"; do
        [ ! -d "$folder" ] || rmdir "$folder" 2>/dev/null || echo "$folder: kept, it contains other files" >&2
    done
}

case ${1:-} in
    install) install_all "$2" "$3" "$4" ;;
    uninstall) remove_all ;;
    *) echo "usage: $0 install PROGRAM SHARED STATIC | uninstall" >&2; exit 1 ;;
esac
