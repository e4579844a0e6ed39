# shellcheck shell=bash disable=SC2034
# Sourced by the scripts that measure: numbers from JSON lines, a description of the machine, markdown.

export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000} # waiting threads give way, ours and PyTorch's
threads=${OMP_NUM_THREADS:-$(nproc)}
export OMP_NUM_THREADS=$threads
python=${PYTHON:-/usr/bin/python3}

# figure KEY FILE...: the median over the files' objects; empty if none has it. Of a duplicate key the first
# counts.
figure() {
    key=$1
    shift
    cat "$@" 2>/dev/null | awk -v key="\"$key\": " '(at = index($0, key)) {print substr($0, at + length(key)) + 0}' | sort -g |
        awk '{x[NR] = $1} END {if (NR) printf "%.9g", (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2}'
}

# show FORMAT NUMBER [DIVISOR]: formatted, or a dash where a number is missing.
show() {
    if [ -n "$2" ] && [ "$#" -lt 3 ]; then
        awk -v f="$1" -v x="$2" 'BEGIN {printf f, x}'
    elif [ -n "$2" ] && [ -n "$3" ]; then
        awk -v f="$1" -v x="$2" -v y="$3" 'BEGIN {printf f, x / y}'
    else
        printf -- -
    fi
}

cpu() { lscpu | sed -n "s/^$1: *//p" | head -n 1; }

machine() {
    echo "$(cpu 'Model name') (family $(cpu 'CPU family'), model $(cpu Model)), $(nproc) cores, $threads threads;" \
        "load average at the start $(cut -d ' ' -f 1 /proc/loadavg)"
}
