# shellcheck shell=bash
# Sourced by scripts that compare settings of a net. They set program and data, and write $folder/net.cfg; the folder is removed at the end.

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# held_out_bits SEED [OPTION...]: trains $folder/net.cfg from random weights and prints bits/dim of the held-out images at the end, or
# inf if NaN or infinity ended the training (status 3)
held_out_bits() {
    local status=0 seed=$1
    shift
    rm -rf "$folder/run"
    "$program" pixelcnn train "$folder/net.cfg" "$data" -seed "$seed" -eval_every 0 -report none -backup "$folder/run" "$@" \
        >/dev/null 2>"$folder/said" || status=$?
    case $status in
    0) awk -F, '$6 != "" { last = $6 } END { print last }' "$folder/run/net.csv" ;;
    3) echo inf ;;
    *) cat "$folder/said" >&2; return 1 ;;
    esac
}
