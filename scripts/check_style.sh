#!/bin/bash
# Are the sources formatted as .clang-format says, and no files too long? Prints TAP like the tests.
cd "$(dirname "$0")/.."
sources=$(find base layers pixelcnn host library web tests -name '*.[ch]' -o -name '*.cu' | grep -vE '^tests/(cuemu|reference)/')
echo 1..2
if command -v clang-format >/dev/null; then
    if clang-format --dry-run -Werror $sources; then echo "ok 1 - formatted"; else echo "not ok 1 - formatted (make format)"; fi
else
    echo "ok 1 - formatted # SKIP no clang-format"
fi
long=$(wc -l $sources | awk '$2 != "total" && $1 > 400')
if [ -z "$long" ]; then echo "ok 2 - no file of more than 400 lines"; else echo "$long"; echo "not ok 2 - no file of more than 400 lines"; fi
