#!/bin/sh
# Installs Debian packages that are missing: setup.sh PACKAGE... Without root it prints the one command to
# run and exits 1. On other systems install the equivalent packages.
set -eu
missing=
for package in "$@"; do
    [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "missing packages; run this once and start again: sudo apt-get install -y$missing" >&2
    exit 1
fi
echo "installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends $missing >&2; }
# Lists that were fetched within the hour will do; where they do not, they are fetched again.
if [ -n "$(find /var/lib/apt/lists -maxdepth 1 -type f -cmin -60 2>/dev/null)" ] && install; then exit; fi
apt-get update -qq >&2
install
