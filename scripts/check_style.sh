#!/bin/bash
# Are the sources formatted as .clang-format says, and the files as short as agreed? Prints TAP like the tests.
cd "$(dirname "$0")/.."
echo 1..2
if command -v clang-format >/dev/null; then
    if clang-format --dry-run -Werror */*.c */*.h */*.cu tests/fuzz/*.[ch] tests/gpu/*.[ch] tests/tsan/*.c; then echo "ok 1 - formatted"; else echo "not ok 1 - formatted (make format)"; fi
else
    echo "ok 1 - formatted # SKIP no clang-format"
fi
long=$(wc -l library/*.[ch] host/*.[ch] layers/*.[ch] pixelcnn/*.[ch] tests/*.[ch] tests/fuzz/*.[ch] \
    ./*/*.cu tests/gpu/*.[ch] tests/tsan/*.c | awk '$2 != "total" && $1 > 400')
if [ -z "$long" ]; then echo "ok 2 - no file of more than 400 lines"; else echo "$long"; echo "not ok 2 - no file of more than 400 lines"; fi
