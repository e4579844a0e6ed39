#!/bin/sh
# For make install and make uninstall, which set the variables (mk/install.mk): install.sh install PROGRAM SHARED STATIC | uninstall
# uninstall removes the files that this tree installs, and folders of its own that are then empty.
set -eu
cd "$(dirname "$0")/.."
version=$(scripts/version.sh)

# Relative folders are relative to the repository, as in make; files that mention them need the full path.
whole() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s' "$PWD/$1" ;; esac; }
prefix=$(whole "$PREFIX") libdir=$(whole "$LIBDIR") includedir=$(whole "$INCLUDEDIR") datadir=$(whole "$DATADIR")
docdir=$(whole "$DOCDIR")
bin=$DESTDIR$(whole "$BINDIR") lib=$DESTDIR$libdir include=$DESTDIR$includedir man=$DESTDIR$(whole "$MANDIR")/man1
data=$DESTDIR$datadir doc=$DESTDIR$docdir python=$DESTDIR$(whole "$PYTHONDIR") complete=$DESTDIR$(whole "$COMPLETIONDIR")
tab=$(printf '\t')

# from MODE FOLDER FILE...: a line for each file that is there: mode, file, where it is installed. The mode of pages is "page".
from() {
    mode=$1 folder=$2
    shift 2
    for file in "$@"; do [ ! -f "$file" ] || printf '%s\t%s\t%s\n' "$mode" "$file" "$folder/${file##*/}"; done
}

# Everything that is copied.
copied() {
    from 644 "$include" library/pixelcnn.h
    from 644 "$python" python/pixelcnn_torch.py
    from 644 "$python/pixelcnn" python/pixelcnn/*.py
    from 644 "$data/cfg" cfg/*.cfg
    from 644 "$data/weights" weights/*.weights weights/*.names weights/*.png
    from page "$data/weights" weights/README.md
    from 644 "$data/examples" examples/*.c examples/*.py examples/*.ipynb
    from 755 "$data/examples" examples/*.sbatch
    from 755 "$data/scripts" scripts/get_mnist.sh scripts/get_fashion.sh scripts/get_cifar.sh scripts/setup.sh
    from 644 "$data/scripts" scripts/data_folder.sh
    from 644 "$doc" LICENSE debian/copyright
    from page "$doc" README.md CHANGELOG.md SECURITY.md
    from 644 "$doc/docs" docs/*.png docs/*.gif docs/*.svg
    from page "$doc/docs" docs/*.md
    from page "$doc/docs/dev" docs/dev/*.md
}

files=$(copied)

# page FILE: prints a page for an installed program: commands say pixelcnn instead of ./darknet pixelcnn, and scripts have full paths.
page() {
    printf '%s\n' "$files" | PAGE=$1 DESTDIR=$DESTDIR DOC=$doc awk -f scripts/installed_page.awk |
        sed "$([ "$1" = CHANGELOG.md ] || echo 's|\./darknet pixelcnn|pixelcnn|g;')
            s|\([ \`]\)\(scripts/get_[a-z]*\.sh\)|\1$(in_sed "$datadir")/\2|g"
}

# For the right side of sed's s|||, and for a value of a .pc file, in which a space ends a word.
in_sed() { printf '%s' "$1" | sed 's/[\\&|]/\\&/g'; }
in_pc() { in_sed "$(printf '%s' "$1" | sed 's/[] "#$&'\''()*;<>?[\\`|~]/\\&/g')"; }

# Writes standard input to a file, through a temporary one, so that a failure leaves the old file.
put() {
    temporary=$(mktemp)
    if cat >"$temporary" && [ -s "$temporary" ] && install -m 644 "$temporary" "$1"; then rm -f "$temporary"; else
        rm -f "$temporary"
        echo "$1: not written" >&2
        exit 1
    fi
}

install_program() {
    rm -f "$bin/pixelcnn" # a link to `darknet` in installations of version 0.1.0
    install -m 755 "$1" "$bin/pixelcnn"
    [ "$INSTALL_DARKNET" = 0 ] || ln -sf pixelcnn "$bin/darknet"
    page=$(scripts/man_page.sh "$(whole "$1")" "$version" "$datadir" "$docdir")
    printf '%s\n' "$page" | put "$man/pixelcnn.1"
    # A darknet that is not installed here may be another program.
    "$(whole "$1")" pixelcnn completion | sed "$([ "$INSTALL_DARKNET" = 1 ] || echo '/^complete /s/ darknet$//')" | put "$complete/pixelcnn"
    [ "$INSTALL_DARKNET" = 0 ] || ln -sf pixelcnn "$complete/darknet"
}

install_library() {
    install -m 644 "$1" "$lib/libpixelcnn.so.$version"
    ln -sf "libpixelcnn.so.$version" "$lib/libpixelcnn.so.0"
    ln -sf libpixelcnn.so.0 "$lib/libpixelcnn.so"
    install -m 644 "$2" "$lib/libpixelcnn.a"
    sed "s|@PREFIX@|$(in_pc "$prefix")|; s|@LIBDIR@|$(in_pc "$libdir")|; s|@INCLUDEDIR@|$(in_pc "$includedir")|
        s|@DATADIR@|$(in_pc "$datadir")|; s|@VERSION@|$version|; s|@LIBS@|$LIBRARY_LIBS|" library/pixelcnn.pc.in |
        put "$lib/pkgconfig/pixelcnn.pc"
}

# So that pip and importlib.metadata know the modules.
install_metadata() {
    rm -f "$python"/pixelcnn-*.egg-info # of other versions
    printf 'Metadata-Version: 2.1\nName: pixelcnn\nVersion: %s\nSummary: %s\nLicense: MIT\nRequires-Dist: numpy\n' "$version" \
        "$(sed -n 's/^    description="\(.*\)",$/\1/p' python/setup.py)" | put "$python/pixelcnn-$version.egg-info"
}

install_all() {
    install -d "$bin" "$lib/pkgconfig" "$man" "$complete"
    install_program "$1"
    install_library "$2" "$3"
    rm -f "$python/pixelcnn.py" # of version 0.1.0, where it was a file
    printf '%s\n' "$files" | while IFS=$tab read -r mode file to; do
        install -d "${to%/*}"
        if [ "$mode" = page ]; then page "$file" | put "$to"; else install -m "$mode" "$file" "$to"; fi
    done
    install_metadata
    install -m 644 "$DARKNET_SRC/LICENSE" "$doc/LICENSE.darknet"
}

# Another package's `darknet` stays.
remove_program() {
    case $(readlink "$bin/darknet" || readlink "$bin/pixelcnn") in pixelcnn | darknet) rm -f "$bin/darknet" ;; esac
    [ "$(readlink "$complete/darknet")" != pixelcnn ] || rm -f "$complete/darknet"
    rm -f "$bin/pixelcnn" "$man/pixelcnn.1" "$complete/pixelcnn"
}

remove_all() {
    remove_program
    rm -f "$lib/libpixelcnn.a" "$lib/libpixelcnn.so" "$lib/libpixelcnn.so.0" "$lib/libpixelcnn.so.$version" "$lib/pkgconfig/pixelcnn.pc"
    printf '%s\n' "$files" | while IFS=$tab read -r mode file to; do rm -f "$to"; done
    rm -f "$doc/LICENSE.darknet" "$data/weights/mnist256_last.weights" # the latter of version 0.1.0
    rm -f "$python"/pixelcnn-*.egg-info "$python"/pixelcnn/__pycache__/*.cpython-*.pyc \
        "$python"/__pycache__/pixelcnn_torch.cpython-*.pyc
    for folder in "$python/pixelcnn/__pycache__" "$python/pixelcnn" "$python/__pycache__" "$data/cfg" "$data/examples" \
        "$data/scripts" "$data/weights" "$data" "$doc/docs/dev" "$doc/docs" "$doc"; do
        [ ! -d "$folder" ] || rmdir "$folder" 2>/dev/null || echo "$folder: kept, it contains other files" >&2
    done
}

case ${1:-} in
    install) install_all "$2" "$3" "$4" ;;
    uninstall) remove_all ;;
    *) echo "usage: $0 install PROGRAM SHARED STATIC | uninstall" >&2; exit 1 ;;
esac
