#!/bin/sh
# Prints the manual page, from docs/pixelcnn.1.in and the program's usage: man_page.sh PROGRAM VERSION DATADIR
set -eu
program=$1 version=$2
data=$(printf '%s' "$3" | sed 's/\\/\\\\e/g; s/[\\&|]/\\&/g') # as troff has a backslash, then as sed has it
cd "$(dirname "$0")/.."

# The usage of one command as troff: its form and summary, then each option with its placeholder and meaning.
section() {
    "$program" pixelcnn "$1" -help 2>&1 | sed 's/\\/\\e/g' | awk '
        function dashes(text) { gsub(/-/, "\\-", text); sub(/^[.\047]/, "\\\\\\&&", text); return text } # no line is a macro
        NR == 1 { sub(/.* pixelcnn /, ""); print ".SS \"" $0 "\""; next }
        NR == 2 { sub(/^ */, ""); print dashes(toupper(substr($0, 1, 1)) substr($0, 2)) "."; next }
        {
            name = $1
            value = $0 ~ /^    -[a-z_]+ [A-Z,]+ / ? $2 : ""
            sub(value ? "^ *[^ ]+ +[^ ]+ +" : "^ *[^ ]+ +", "")
            print ".TP\n\\fB" dashes(name) "\\fR" (value ? " \\fI" value "\\fR" : "") "\n" dashes($0)
        }'
}

commands=$("$program" pixelcnn 2>&1 | sed -n 's/^    \([a-z]*\) .*/\1/p') || true
[ -n "$commands" ] || { echo "$program names no commands" >&2; exit 1; }
sed "/^@COMMANDS@/,\$d; s|@VERSION@|$version|" docs/pixelcnn.1.in
for command in $commands; do section "$command"; done
sed "1,/^@COMMANDS@/d; s|@DATADIR@|$data|" docs/pixelcnn.1.in
