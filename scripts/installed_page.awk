# Prints a Markdown page as scripts/install.sh installs it: links lead to where their targets are installed, and a link to a file that
# is not is only its text. Reads lines of mode, file and where it is installed, separated by tabs, on standard input; PAGE, DESTDIR
# and DOC, the folder of pages, from the environment.
BEGIN { FS = "\t" }

function folder(path) { return match(path, /\/[^\/]*$/) ? substr(path, 1, RSTART - 1) : "" }

# A path relative to the folder of the page, as one relative to the repository.
function whole(target) {
    if (folder(ENVIRON["PAGE"]) != "") target = folder(ENVIRON["PAGE"]) "/" target
    while (sub(/^[^\/.]+\/\.\.\//, "", target) || sub(/\/[^\/.]+\/\.\.\//, "/", target)) continue
    sub(/\/$/, "", target)
    return target
}

# What the target of a link becomes; "": it is not installed. Pages find each other as they do in the repository.
function link(target,    to, anchor, file) {
    if (target ~ /^(https?:|#)/) return target
    anchor = match(target, /#/) ? substr(target, RSTART) : ""
    file = whole(substr(target, 1, length(target) - length(anchor)))
    to = place[file]
    if (to == "") return ""
    if (to == ENVIRON["DOC"] "/" file && place[ENVIRON["PAGE"]] == ENVIRON["DOC"] "/" ENVIRON["PAGE"]) return target
    to = substr(to, length(ENVIRON["DESTDIR"]) + 1) anchor
    return to ~ / / ? "<" to ">" : to
}

{ place[$2] = $3; place[folder($2)] = folder($3) }

END {
    while ((getline line <ENVIRON["PAGE"]) > 0) text = text line "\n"
    while (match(text, /\]\([^() ]+\)/)) {
        target = substr(text, RSTART + 2, RLENGTH - 3)
        done = done substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        to = link(target)
        if (to != "") { done = done "](" to ")"; continue }
        match(done, /\[[^[]*$/)
        done = substr(done, 1, RSTART - 1) substr(done, RSTART + 1)
    }
    printf "%s%s", done, text
}
