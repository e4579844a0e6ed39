#!/bin/bash
# The docs against the program, as tests (TAP): check_docs.sh [FILE...]     without files: README.md, docs/*.md, docs/dev/*.md
#   - docs/cfg.md and docs/commands.md are what scripts/reference.sh writes;
#   - docs/model.svg and docs/rooms.svg are what scripts/draw_diagrams.py draws, and the computed table of docs/cluster.md what
#     scripts/ranks_on_paper.py prints, where python3 is installed;
#   - there are no fenced blocks, in which this script would not find command lines;
#   - each link leads to a file that exists and to a heading in it, and no line is longer than 100 columns, tables aside; of
#     SECURITY.md, CHANGELOG.md and the README.md of folders, too;
#   - each option that the text names in backticks is one of a command's usage;
#   - every command line in the files (a line indented by four or more spaces that starts as one of `starts`
#     below) runs and exits with 0, a file's lines one after another in one shell, in a separate folder, on a
#     small synthetic data set. Lines of `>>>` are fed to Python by the line before them.
# `shortened` shortens long commands. Lines that are not run are listed with their reason in `not_run` and count as skipped, or
# as failed if a script does not parse or make has no such target.
set -u
cd "$(dirname "$0")/.."
root=$PWD
place=$(mktemp -d) page=$place/page
trap 'rm -rf "$place"' EXIT
starts='\./|exec \./|scripts/|make( |$)|strings |cfg=|mkdir |cp |sed |cc |PYTHONPATH=|>>> '
tests=0 failed=0
python=
for p in python3 /usr/bin/python3; do [ -n "$python" ] || ! $p -c 'import numpy' 2>/dev/null || python=$p; done

# Appended to the arguments of a command, overriding what the page says: train for a third of a second, use few images.
shortened() {
    case $1:$* in
        train:*) echo "-seconds 0.3" ;;
        sample:*-naive*) echo "-n 1 -height 4" ;;
        sample:*"-label all"*) echo "-n 1" ;;
        complete:*-images*) echo "-n 2 -images 2" ;;
        sample:* | complete:*) echo "-n 2" ;;
        eval:* | score:* | classify:*) echo "-limit 2" ;;
        compress:*.npz*) ;;
        compress:*) echo "-limit 4" ;;
        check:*) echo "-limit 1" ;;
        new:*) echo "-seconds 1" ;;
        bench:*) echo "-seconds 0.01 -batch 1 -only training" ;;
    esac
}

# Why a line is not run; empty if it is.
not_run() {
    case $1 in
        scripts/demo.sh*) echo "trains for minutes" ;;
        scripts/levels.sh* | scripts/time_to_quality.sh* | scripts/guidance.sh* | scripts/colour.sh*)
            echo "trains for minutes to hours" ;;
        scripts/bench_growth.sh* | scripts/bench_against.sh*) echo "measures for minutes" ;;
        scripts/max_batches.sh*) echo "trains for minutes" ;;
        scripts/train_weights.sh*) echo "trains for hours" ;;
        scripts/test.sh* | scripts/fuzz.sh*) echo "runs tests, this one too" ;;
        scripts/get_*.sh*) echo "may need the network" ;;
        scripts/build.sh* | scripts/deb.sh*) echo "may install packages" ;;
        scripts/web.sh*) echo "serves a page until it is stopped" ;;
        "make web"*) echo "needs clang for wasm32, with which tests/test_web.sh makes it" ;;
        "make deb"* | "make dist"*) echo "of a commit, which tests/test_packages.sh tests" ;;
        "make bench"*) echo "measures for minutes" ;;
        "make soak"* | "make asan"* | "make coverage"*) echo "tests for up to hours" ;;
        "make fuzz"* | "make clean"* | "make uninstall"*) echo "would change the build that is tested" ;;
        "make MPI=1"*) echo "would change the build that is tested; tests/test_ranks.sh makes it" ;;
        "make GPU=1"* | "make gpu-"* | scripts/measure_device.sh*) echo "needs NVIDIA's toolkit, or a device" ;;
        *" -i 1 "* | *" -gpus "*) echo "needs a device" ;;
        *DARKNET_SRC=*) echo "needs a source of Darknet that you have" ;;
        PYTHONPATH=* | scripts/*.py*) [ -n "$python" ] || echo "no Python with NumPy here" ;;
    esac
}

# result STATUS NAME [FILE with the output [WHY SKIPPED]]
result() {
    tests=$((tests + 1))
    if [ "$1" = 0 ]; then
        echo "ok $tests - $2${4:+ # SKIP $4}"
    else
        echo "not ok $tests - $2"
        failed=$((failed + 1))
        [ -z "${3:-}" ] || tail -n 20 "$3" | sed 's/^/# /'
    fi
}

byte() { printf "\\$(printf %03o "$1")"; }

# idx FILE IMAGES: that many images of 28 x 28 with labels, from whatever bytes are at hand.
idx() {
    { printf '\0\0\10\3\0\0\0'; byte "$2"; printf '\0\0\0\34\0\0\0\34'; cat docs/*.png README.md layers/*.c | head -c $(($2 * 784)); } \
        >"$page/data/mnist/$1-images-idx3-ubyte"
    { printf '\0\0\10\1\0\0\0'; byte "$2"; for ((i = 0; i < $2; ++i)); do byte $((i % 10)); done; } \
        >"$page/data/mnist/$1-labels-idx1-ubyte"
}

# A folder of its own for each page.
make_page() {
    rm -rf "$page"
    mkdir -p "$page/data/mnist" "$page/home"
    cp -r docs "$page/"
    for f in *; do [ "$f" = darknet ] || [ "$f" = backup ] || [ -e "$page/$f" ] || ln -s "$root/$f" "$page/"; done
    idx train 40
    idx t10k 20
    mkdir -p "$page/my/circle" "$page/my/cross"
    for i in {1..20}; do cp docs/hole.png "$page/my/circle/$i.png" && cp docs/digits.png "$page/my/cross/$i.png"; done
    cat >"$page/darknet" <<E2
#!/bin/bash
$(declare -f shortened)
exec "$root/darknet" "\$@" \$([ "\$1" = pixelcnn ] && shortened "\${@:2}")
E2
    chmod +x "$page/darknet"
}

# The command that is run for a line of the docs.
to_run() {
    local why
    why=$(not_run "$1")
    case $why:$1 in
        ":make install") echo "make -C $root install PREFIX=\$HOME/.local >/dev/null" ;;
        :make*) echo "make -C $root ${1#make} >/dev/null" ;;
        :exec*) echo "${1#exec }" ;;
        :PYTHONPATH=*) printf "%s - <<'E2'\n%s\nE2\n" "PYTHONPATH=python $python" "${1#*$'\n'}" ;;
        :scripts/make_pictures.py*) echo "$python ${1% [0-9]*} 12" ;;
        :*) echo "$1" ;;
        *:scripts/*.py*) echo "test -x ${1%% *}" ;;
        *:scripts*) echo "test -x ${1%% *} && bash -n ${1%% *}" ;;
        *:"make GPU=1"* | *:"make MPI=1"*) echo ":" ;;
        *:"make gpu-"*) echo "grep -q '^${1#make }:' $root/mk/tests.mk" ;;
        *:make*) echo "make -C $root -n ${1#make} >/dev/null" ;;
        *) echo ":" ;;
    esac
}

# One shell for a file: variables hold from line to line. The status of each line goes to file descriptor 3.
run_file() {
    local numbers=() lines=() status number line why i code tenths
    while IFS=: read -r number line; do
        line=$(sed 's/^ *//; s/^Example: //; s/ *#.*//; s/ *$//' <<<"$line")
        if [[ $line = '>>> '* ]]; then
            lines[-1]+=$'\n'${line#>>> }
        else
            numbers+=("$number") lines+=("$line")
        fi
    done < <(grep -nE "^ {4,}(Example: )?($starts)" "$root/$1")
    [ ${#numbers[@]} -gt 0 ] || return
    echo "export HOME=$page/home PKG_CONFIG_PATH=$page/home/.local/lib/pkgconfig LD_LIBRARY_PATH=$page/home/.local/lib GOMP_SPINCOUNT=1000" \
        >"$place/script"
    for i in "${!numbers[@]}"; do
        {
            echo "echo '--- $1:${numbers[i]}' >&2; start=\$EPOCHREALTIME"
            to_run "${lines[i]}"
            echo 'echo $? $(((${EPOCHREALTIME/./} - ${start/./}) / 100000)) >&3'
        } >>"$place/script"
    done
    make_page
    (cd "$page" && bash ../script 3>../status >../out 2>&1 </dev/null)
    mapfile -t status <"$place/status"
    for i in "${!numbers[@]}"; do
        sed -n "/^--- ${1//\//\\/}:${numbers[i]}\$/,/^--- /p" "$place/out" >"$place/said"
        why=$(not_run "${lines[i]}")
        read -r code tenths <<<"${status[i]:-none 0}"
        result "$code" "$1:${numbers[i]} ${lines[i]%%$'\n'*} ($((tenths / 10)).$((tenths % 10)) s)" "$place/said" "$why"
    done
}

# Options in backticks, alone or behind a command's name: `-n`, `-rows K`, `train -seed N`.
named_options() {
    grep -ohE '`([a-z]+ )?-[a-z][a-z_]*[^`]*`' "$@" | grep -oE '(^| )-[a-z_]+|`-[a-z_]+' | tr -d '` ' | sort -u
}

# The headings of a page as the ends of links to them.
anchors() {
    sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# FILE: TARGET for each link to a file that is not there, or to a heading that is not in it.
broken_links() {
    local file target to
    for file in "$@"; do
        grep -oE '\]\([^) ]+\)' "$file" | sed 's/^](//; s/)$//' | grep -v '^https\?:' | while read -r target; do
            to=$(dirname "$file")/${target%%#*}
            [ -n "${target%%#*}" ] || to=$file
            [ -e "$to" ] || echo "$file: $target"
            case $target in *#*) anchors "$to" | grep -qx -- "${target#*#}" || echo "$file: $target" ;; esac
        done
    done
}

# Tables, links and what a program prints cannot be broken.
long_lines() {
    grep -nE '^.{101}' "$@" /dev/null | grep -vE '^[^:]*:[0-9]+:(\||    |.*\]\(http)'
}

looked_at=(SECURITY.md CHANGELOG.md weights/README.md tests/cuemu/README.md)
if [ $# -gt 0 ]; then looked_at=(); else set -- README.md docs/*.md docs/dev/*.md; fi
scripts/reference.sh "$place/reference" >"$place/out" 2>&1
for f in cfg commands; do
    diff "docs/$f.md" "$place/reference/$f.md" >"$place/out" 2>&1
    result $? "docs/$f.md is what scripts/reference.sh writes" "$place/out"
done
if command -v python3 >/dev/null; then
    mkdir "$place/drawn" && scripts/draw_diagrams.py "$place/drawn" >"$place/out" 2>&1
    for f in model rooms; do
        diff "docs/$f.svg" "$place/drawn/$f.svg" >"$place/out" 2>&1
        result $? "docs/$f.svg is what scripts/draw_diagrams.py draws" "$place/out"
    done
fi
if command -v python3 >/dev/null; then # the table of computed speeds
    read -ra computed < <(grep -oE 'scripts/ranks_on_paper.py .*' docs/cluster.md)
    "${computed[@]}" 2>&1 | grep -vxFf docs/cluster.md >"$place/out"
    [ ${#computed[@]} -gt 1 ] && [ ! -s "$place/out" ]
    result $? "docs/cluster.md has what ${computed[0]:-no script} prints" "$place/out"
fi
# Pages for developers name options of compilers too.
{ echo -help; grep -oE '^ {8}-[a-z_]+' "$place/reference/commands.md" | tr -d ' '; } | sort -u >"$place/options"
named_options $(printf '%s\n' "$@" | grep -v '^docs/dev/') /dev/null | comm -23 - "$place/options" >"$place/out"
[ ! -s "$place/out" ]
result $? "options that the docs name are a command's" "$place/out"
grep -n '```' "$@" /dev/null >"$place/out"
[ $? = 1 ]
result $? "blocks are indented, not fenced" "$place/out"
broken_links "$@" "${looked_at[@]}" >"$place/out"
[ ! -s "$place/out" ]
result $? "links lead to files and headings" "$place/out"
long_lines "$@" "${looked_at[@]}" >"$place/out"
[ ! -s "$place/out" ]
result $? "no line is longer than 100 columns" "$place/out"
for f in "$@"; do run_file "$f"; done
echo "1..$tests"
[ $failed = 0 ]
