# For the scripts that fetch a data set into a folder; sourced by them with their arguments in $@, from the repository.

# choose_folder DEFAULT [FOLDER]: sets dir, its absolute path, and shown, its name for messages. FOLDER is relative to
# $caller, the folder the script was started in; so is DEFAULT where the scripts are installed, without the repository.
choose_folder() {
    [ -n "${2:-}" ] || [ -f Makefile ] || set -- "$1" "$1"
    case ${2:-} in
        "") dir=$PWD/$1 shown=$dir; [ "$PWD" != "$caller" ] || shown=$1 ;;
        /*) dir=$2 shown=$2 ;;
        *) dir=$caller/$2 shown=$2 ;;
    esac
}

# Removes everything made on the way, including the folders above $dir.
clean_up() {
    rm -rf "$new"
    while [ "$made" != "$there" ] && rmdir "$made" 2>/dev/null; do made=$(dirname "$made"); done
}

# Makes $dir, and in it $new, a folder to fetch into, which is removed at exit as are new folders that stay empty.
begin_fetch() {
    made=$dir there=$dir new=
    while [ ! -d "$there" ]; do there=$(dirname "$there"); done
    trap clean_up EXIT
    trap 'exit 1' HUP INT TERM
    mkdir -p "$dir"
    new=$(mktemp -d "$dir/fetch.XXXXXX")
}

# ---- downloads: failures are collected in $why, a line each ----

why=
failed() { why="$why
    $1"; }

need_downloader() {
    command -v curl >/dev/null || command -v wget >/dev/null || scripts/setup.sh curl 2>"$new/error" || {
        failed "neither curl nor wget is installed, and curl cannot be: $(tail -n 1 "$new/error")"
        return 1
    }
}

# fetch URL FILE
fetch() {
    if command -v curl >/dev/null; then
        curl -fsSL --connect-timeout 8 --max-time "${SECONDS_TO_FETCH:-300}" -o "$2" "$1" 2>"$new/error" && return
    else
        wget -nv --connect-timeout=8 --read-timeout=60 --tries=1 -O "$2" "$1" 2>"$new/error" && return
    fi
    failed "$1: $(tail -n 1 "$new/error")"
    return 1
}
