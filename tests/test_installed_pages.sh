#!/bin/bash
# What is installed knows where the rest is, under a path with a space: the links of the pages, the manual page, pkg-config, completion,
# Python. TAP.
cd "$(dirname "$0")/.." || exit
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn pages.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
unset MAKEFLAGS MFLAGS
n=0
at="$scratch/root/opt/pixel cnn"
install_to=("DESTDIR=$scratch/root" "PREFIX=/opt/pixel cnn" "PYTHONDIR=/opt/pixel cnn/python")
# check NAME COMMAND...: the command succeeds; what it said is in $scratch/log.
check() {
    local name=$1
    shift
    n=$((n + 1))
    if "$@" >"$scratch/log" 2>&1; then echo "ok $n - $name"; else echo "not ok $n - $name" && tail -n 20 "$scratch/log" | sed 's/^/# /'; fi
}
echo 1..15
check "make install" make -s install "${install_to[@]}"

# Prints the links of a page whose target does not exist, and at the end the number of all.
dead_links() {
    local links=0 page target
    while IFS= read -r page; do
        while IFS= read -r target; do
            links=$((links + 1))
            target=${target#](} target=${target%)} target=${target#<} target=${target%>} target=${target%%#*}
            case $target in
                "" | http*) ;;
                /*) [ -e "$scratch/root$target" ] || echo "$page: $target" ;;
                *) [ -e "${page%/*}/$target" ] || echo "$page: $target" ;;
            esac
        done < <(grep -oE '\]\((<[^>]*>|[^() ]+)\)' "$page")
    done < <(find "$at" -name '*.md')
    echo "$links links"
}
dead_links >"$scratch/links"
check "pages link to one another, and to what is installed elsewhere" eval '[ "$(wc -l <"$scratch/links")" = 1 ] && [ "$(tr -dc 0-9 <"$scratch/links")" -gt 100 ] || { cat "$scratch/links"; false; }'
doc="$at/share/doc/pixelcnn"
check "to the nets" grep -qF '[cfg/](</opt/pixel cnn/share/pixelcnn/cfg>)' "$doc/README.md"
check "to the header" grep -qF '[pixelcnn.h](</opt/pixel cnn/include/pixelcnn.h>)' "$doc/docs/library.md"
check "and not to sources" eval '! grep -rnE "\]\([./]*(base|layers|host|tests)/" "$doc" && grep -qw image_tree.h "$doc/docs/cluster.md"'
check "the program has its installed name" eval '! grep -rn --exclude=CHANGELOG.md "\./darknet pixelcnn" "$doc" && grep -qF "    pixelcnn new my -seconds 300" "$doc/README.md"'
check "data scripts have their path" grep -qF '`/opt/pixel cnn/share/pixelcnn/scripts/get_mnist.sh [FOLDER]`' "$doc/docs/data.md"

man="$at/share/man/man1/pixelcnn.1"
check "the manual page names both values of a pair" grep -qF '\-against\fR \fICFG WEIGHTS\fR' "$man"
check "says which options are for devices" eval '[ "$(grep -A 2 -n "^In a program built with make GPU=1:" "$man" | sed -n "\$s/.*-//p")" = "i\fR \fIN\fR" ]'
check "and where the documentation is" grep -qF '"/opt/pixel cnn/share/doc/pixelcnn/docs/library.md"' "$man"
if command -v pkg-config >/dev/null; then
    check "pkg-config says where the nets are" eval '[ "$(PKG_CONFIG_PATH=$at/lib/pkgconfig pkg-config --variable=datadir pixelcnn | tr -d "\\\\")" = "/opt/pixel cnn/share/pixelcnn" ]'
else
    n=$((n + 1)) && echo "ok $n - pkg-config # SKIP not tested: no pkg-config"
fi
slurm() { # what srun is given
    printf '#!/bin/sh\nwhile [ "${1#--}" != "$1" ]; do shift; done\necho "$@"\n' >"$scratch/srun" && chmod +x "$scratch/srun"
    [ "$(PATH="$scratch:$PATH" PIXELCNN=pixelcnn "$at/share/pixelcnn/examples/train.sbatch" my.cfg data)" = "pixelcnn train my.cfg data -backup backup/my" ]
}
check "the Slurm script runs the installed program" slurm
printf '#!/bin/sh\nexit 1\n' >"$scratch/curl" && chmod +x "$scratch/curl" && cp "$scratch/curl" "$scratch/npm"
offline() { ! PATH="$scratch:$PATH" "$at/share/pixelcnn/scripts/get_mnist.sh" "$scratch/mnist" 2>"$scratch/said" && grep -F "($at/share/pixelcnn/scripts/get_fashion.sh: " "$scratch/said"; }
check "without a network get_mnist.sh names what is installed" offline
by_name() { # a net that ships, by name, in Python
    LD_LIBRARY_PATH="$at/lib" PYTHONPATH="$at/python" PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 "$1" - <<'END'
from importlib import metadata

from pixelcnn import PixelCNN, PixelCNNError, __version__, nets, version

assert __version__ == version() == metadata.version("pixelcnn")
assert metadata.requires("pixelcnn") == ["numpy"]
assert "fashion" in nets() and "mnist_classifier" not in nets()
for net in PixelCNN("fashion"), PixelCNN("cfg/fashion.cfg", "weights/fashion.weights"), PixelCNN("fashion.cfg"):
    assert net.levels == 8 and "Bag" in net.names
packed = net.compressed(net.compress(net.sample(3), label="Bag"))
assert repr(packed).startswith("<Packed 3 images, "), packed
for wrong, said in ("fashon", "no such cfg and no such net"), ("cifar10", "weights are missing"):
    try:
        PixelCNN(wrong)
        raise AssertionError(wrong)
    except PixelCNNError as error:
        assert str(error).startswith(f"{wrong}: {said}; nets that ship with weights: cifar10_small, fashion, "), error
END
}
python=
for python in python3 /usr/bin/python3 ""; do [ -z "$python" ] || ! "$python" -c 'import numpy' 2>/dev/null || break; done
if [ "$python" ]; then
    check "Python takes the name of a net that ships" by_name "$python"
else
    n=$((n + 1)) && echo "ok $n - Python # SKIP not tested: no python3 with numpy"
fi
check "make uninstall leaves nothing" eval 'make -s uninstall "${install_to[@]}" && ! find "$scratch/root" -not -type d | grep .'
