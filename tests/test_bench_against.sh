#!/bin/bash
# scripts/bench_against.sh with programs that print figures of the test's choice: a planted slowdown fails, equal speed and noise
# do not, and what cannot be measured has a status of its own. TAP.
cd "$(dirname "$0")/.." || exit
command -v "${PYTHON:-/usr/bin/python3}" >/dev/null || {
    echo 1..1
    echo "ok 1 - ratios # SKIP not tested: python3 is missing"
    exit 0
}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
n=0
report() { # report STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$scratch/out" "$scratch/err"; fi
}

# fake NAME CFG FIGURE SPEED...: a program whose every figure is 100, but this one of this cfg, whose speeds follow each other.
fake() {
    awk -v slow="$3" 'BEGIN {
        n = split("training_images_per_second forward_images_per_second forward_1_images_per_second sampling_1_seconds " \
                  "sampling_batch_seconds sampling_256_seconds", key, " ")
        for (a = 1; a < ARGC; ++a) {
            for (i = 1; i <= n; ++i) {
                x = a > 1 && key[i] == slow ? ARGV[a] : 1
                if (x == "none") continue
                printf("%s\"%s\": %.9g", (i > 1 ? ", " : "{\"batch\": 16, "), key[i], (key[i] ~ /_seconds$/ ? 0.01 / x : 100 * x))
            }
            print(ARGV[a] == "dies" ? "dies" : "}")
        }
    }' "" "${@:4}" >"$scratch/$1.figures"
    printf '#!/bin/bash\nname=%s slow_cfg=%s\n' "$1" "$2" >"$scratch/$1"
    cat >>"$scratch/$1" <<'END'
mapfile -t figures <"$0.figures"
echo "$name $3" >>"${0%/*}/order"
read -r i 2>/dev/null <"$0.$3"
echo $((i + 1)) >"$0.$3"
at=0
[ "$3" != "$slow_cfg" ] || at=$((1 + i % (${#figures[@]} - 1)))
[[ ${figures[at]} != *dies ]] || { echo "$3: no such net" >&2; exit 1; }
echo "${figures[at]}"
END
    chmod +x "$scratch/$1"
}

# against STATUS FAILURES [ROUNDS]: what the script says of the two programs.
against() {
    rm -rf "$scratch/runs" "$scratch/order" "$scratch"/*.cfg
    OLD=$scratch/old NEW=$scratch/new CFGS="one.cfg two.cfg" AGAINST=$scratch/runs \
        scripts/bench_against.sh before "${3:-7}" 0 >"$scratch/out" 2>"$scratch/err"
    [ $? -eq "$1" ] && [ "$(grep -c 'FAILS' "$scratch/out")" -eq "$2" ]
}

echo 1..13
fake old one.cfg training_images_per_second 1 0.97 1.03 0.99 1.01 1 1.02
fake new one.cfg training_images_per_second 1.02 1 0.98 1.01 0.99 1.03 0.97
against 0 0
report $? "equal speed with noise passes"
[ "$(wc -l <"$scratch"/runs/*.jsonl)" -eq 28 ] && [ "$(wc -l <"$scratch/order")" -eq 28 ]
report $? "every run is in the file, none was repeated"
[ "$(head -n 8 "$scratch/order" | tr '\n' ' ')" = "old one.cfg new one.cfg old two.cfg new two.cfg new one.cfg old one.cfg new two.cfg old two.cfg " ]
report $? "the first of a pair changes from round to round"
fake old one.cfg training_images_per_second 1 1.01 1 0.99
fake new one.cfg training_images_per_second 0.95 0.96 0.95 0.94
against 1 1 && grep -q '^| one.cfg | training_images_per_second | 0.95.* | FAILS |$' "$scratch/out"
report $? "a slow-down of 5 % in training fails"
fake new two.cfg sampling_batch_seconds 0.95 0.96 0.95 0.94
against 1 1 && grep -q '^| two.cfg | sampling_batch_seconds | 0.95.* | FAILS |$' "$scratch/out"
report $? "and in seconds of sampling"
fake old two.cfg sampling_1_seconds 1
fake new two.cfg sampling_1_seconds 1.3 1.2
against 0 0 && grep -q '^| two.cfg | sampling_1_seconds | 1.300 | 1.200 to 1.300 | 98.4 % |  |$' "$scratch/out"
report $? "faster passes, and is a ratio above 1"
fake new one.cfg forward_images_per_second 0.9 0.9 0.9 0.981 0.9 0.9 0.9
against 0 0 && grep -q '| 0.900 | 0.900 to 0.981 | 98.4 %' "$scratch/out"
report $? "an interval of 7 rounds is smallest to largest: one above 0.98 is not a failure"
fake new one.cfg forward_images_per_second 0.9 0.9 0.9 0.981 0.91 0.9 0.9 0.9 0.2
against 1 1 9 && grep -q '| 0.900 | 0.900 to 0.910 | 96.1 %' "$scratch/out"
report $? "of 9 rounds it leaves out one on each side"
fake new one.cfg forward_images_per_second 0.9799
against 1 1
report $? "0.9799 in every round fails"
fake new one.cfg forward_images_per_second 1 1 dies
against 2 0 && grep -q 'one.cfg: no such net' "$scratch/err" && [ "$(wc -l <"$scratch"/runs/*.jsonl)" -eq 9 ]
report $? "a program that fails is status 2, with what it said; the runs before it stay"
fake new one.cfg forward_images_per_second 1 none
against 2 0 && grep -q 'forward_images_per_second is None: expected a number above 0' "$scratch/err"
report $? "a figure that is missing is status 2"
fake new one.cfg forward_images_per_second 1
against 2 0 6 && grep -q 'ROUNDS 6: expected an integer from 7' "$scratch/err"
report $? "fewer than 7 rounds are refused"
mkdir -p "$scratch/runs" && touch "$scratch/runs/earlier.jsonl"
AGAINST=$scratch/runs scripts/bench_against.sh nosuchcommit >"$scratch/out" 2>"$scratch/err"
[ $? -eq 2 ] && grep -q 'nosuchcommit: no such commit' "$scratch/err" && [ -e "$scratch/runs/earlier.jsonl" ]
report $? "a commit that is not there is refused"
