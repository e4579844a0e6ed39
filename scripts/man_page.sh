#!/bin/sh
# Prints the manual page, from docs/pixelcnn.1.in and the program's usage: man_page.sh PROGRAM VERSION DATADIR DOCDIR
set -eu
program=$1 version=$2
in_troff() { printf '%s' "$1" | sed 's/\\/\\\\e/g; s/[\\&|]/\\&/g'; } # as troff has a backslash, then as sed has it
data=$(in_troff "$3") doc=$(in_troff "$4")
cd "$(dirname "$0")/.."

# Help as troff: each row with the option's name, its values, and the meaning. Lines that start in the column of meanings
# continue the one before; what does not leave that column free has its meaning on the next line.
troff() {
    sed 's/\\/\\e/g; s|[^ ]*darknet pixelcnn|pixelcnn|g; s/ (docs[^)]*)//g' | awk -v heading="$1" '
        function dashes(text) { gsub(/-/, "\\-", text); sub(/^[.\047]/, "\\\\\\&&", text); return text } # no line is a macro
        function head(line) { return substr(line, 23, 1) == " " ? substr(line, 1, 22) "\t" substr(line, 24) : line "\t" }
        function row(line,    name, value) {
            if (line == "") return
            match(line, /^ *[^ ]+/)
            name = substr(line, 1, RLENGTH)
            line = substr(line, RLENGTH + 1)
            if (name ~ /^ *-/) {
                match(line "\t", /^[^\t]*\t/)
                value = substr(line, 1, RLENGTH - 1)
                line = substr(line, RLENGTH + 1)
                gsub(/^ +| +$/, "", value)
            }
            sub(/^ +/, "", name)
            sub(/^ +/, "", line)
            print ".TP\n\\fB" dashes(name) "\\fR" (value ? " \\fI" value "\\fR" : "") "\n" dashes(line)
        }
        heading && NR == 1 { sub(/.*pixelcnn /, ""); print ".SS \"" $0 "\""; next }
        heading && NR == 2 { sub(/^ */, ""); print dashes(toupper(substr($0, 1, 1)) substr($0, 2)) "."; next }
        substr($0, 1, 23) ~ /^ +$/ { sub(/^ +/, ""); joined = joined (joined ~ /[ \t]$/ ? "" : " ") $0; next }
        !heading && /^and in/ { row(joined); joined = ""; sub(/^and in/, "In"); print ".PP\n" $0; next }
        { row(joined); joined = $0 ~ /^ *-/ ? head($0) : $0 }
        END { row(joined) }'
}

# The list of commands ends where what they take is explained; examples come later, which begin with the program's name.
commands=$("$program" pixelcnn help | sed -n '/^where/q; s/^    \([a-z][a-z]*\) .*/\1/p')
[ -n "$commands" ] || { echo "$program names no commands" >&2; exit 1; }
sed "/^@COMMANDS@/,\$d; s|@VERSION@|$version|" docs/pixelcnn.1.in
"$program" pixelcnn help | sed -n '/^With any/,/^To start/{/^[WT]/d; p}' | troff ''
echo ".SH COMMANDS"
for command in $commands; do
    "$program" pixelcnn help "$command" >/dev/null # its failure would be lost in the pipe
    "$program" pixelcnn help "$command" | troff 1
done
sed "1,/^@COMMANDS@/d; s|@DATADIR@|$data|; s|@DOCDIR@|$doc|" docs/pixelcnn.1.in
