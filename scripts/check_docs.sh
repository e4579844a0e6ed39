#!/bin/bash
# The docs against the program, as tests (TAP): check_docs.sh
#   - docs/cfg.md and docs/commands.md are what scripts/reference.sh writes;
#   - every command line in README.md and docs/*.md (an indented line that starts as one of `starts` below) runs and exits
#     with 0, each file's in one shell, one after the other, in a folder of their own, on a small made-up data set.
# To be quick, a training there stops after a second, a check takes a few positions, a benchmark a fiftieth of a second a
# figure. Scripts and make's targets, which take minutes to hours, are looked for and read (bash -n, make -n) but not run.
set -u
cd "$(dirname "$0")/.."
root=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
starts='\./darknet |exec \./darknet |scripts/|make( |$)|strings |cfg=cfg/'
tests=0 failed=0

# result STATUS NAME [FILE with what was said]
result() {
    tests=$((tests + 1))
    if [ "$1" = 0 ]; then
        echo "ok $tests - $2"
    else
        echo "not ok $tests - $2"
        failed=$((failed + 1))
        [ $# -lt 3 ] || tail -n 20 "$3" | sed 's/^/# /'
    fi
}

byte() { printf "\\$(printf %03o "$1")"; }

# idx FILE IMAGES: as many images of 28 x 28 and labels, of bytes that are at hand.
idx() {
    { printf '\0\0\10\3\0\0\0'; byte "$2"; printf '\0\0\0\34\0\0\0\34'; cat docs/*.png README.md layers/* | head -c $(($2 * 784)); } \
        >"$place/data/mnist/$1-images-idx3-ubyte"
    { printf '\0\0\10\1\0\0\0'; byte "$2"; for ((i = 0; i < $2; ++i)); do byte $((i % 10)); done; } \
        >"$place/data/mnist/$1-labels-idx1-ubyte"
}

make_place() {
    mkdir -p "$place/data/mnist"
    cp -r docs "$place/"
    for f in cfg scripts tests weights host layers pixelcnn library python examples Makefile build; do [ ! -e $f ] || ln -s "$root/$f" "$place/"; done
    idx train 40
    idx t10k 20
    cat >"$place/darknet" <<E2
#!/bin/sh
case "\$1 \$2" in
    "pixelcnn train") set -- "\$@" -seconds 1 ;;
    "pixelcnn check") set -- "\$@" -limit 4 ;;
    "pixelcnn bench") set -- "\$@" -seconds 0.02 ;;
esac
exec "$root/darknet" "\$@"
E2
    chmod +x "$place/darknet"
}

# What stands for a line of the docs: itself, or for what takes long a look at it.
to_run() {
    case $1 in
        scripts/*) echo "test -x ${1%% *} && bash -n ${1%% *}" ;;
        make*) echo "make -n ${1#make} >/dev/null" ;;
        exec*) echo "${1#exec }" ;;
        *) echo "$1" ;;
    esac
}

# One shell for a file: variables hold from line to line. The status of each line goes to file descriptor 3.
run_file() {
    local numbers=() line status
    : >"$place/script"
    while IFS=: read -r number line; do
        numbers+=("$number")
        line=${line#"    "}
        { echo "echo '--- $1:$number' >&2"; to_run "${line%% #*}"; echo 'echo $? >&3'; } >>"$place/script"
    done < <(grep -nE "^    ($starts)" "$root/$1")
    [ ${#numbers[@]} -gt 0 ] || return
    (cd "$place" && bash script 3>status >out 2>&1 </dev/null)
    mapfile -t status <"$place/status"
    for i in "${!numbers[@]}"; do
        sed -n "/^--- ${1//\//\\/}:${numbers[i]}\$/,/^--- /p" "$place/out" >"$place/said"
        result "${status[i]:-none}" "$1:${numbers[i]}" "$place/said"
    done
}

make_place
scripts/reference.sh "$place/reference" >"$place/out" 2>&1
for f in cfg commands; do
    diff "docs/$f.md" "$place/reference/$f.md" >"$place/out" 2>&1
    result $? "docs/$f.md is what scripts/reference.sh writes" "$place/out"
done
for f in README.md docs/*.md; do run_file "$f"; done
echo "1..$tests"
[ $failed = 0 ]
