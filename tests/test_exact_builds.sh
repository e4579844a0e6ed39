#!/bin/bash
# The same bits by other compilers and on other CPUs (docs/dev/exactness.md): builds tests/exact/hashes_main.c by
# each that is there, compares what it prints with tests/exact/hashes.txt, and what it decompresses with what
# ./darknet compressed on this CPU. For aarch64 and WebAssembly, a few rows and one image of one net that ships;
# with SOAK=1 by gcc and clang with several flags too, all rows and some images of all that ship, and with AVX-512,
# emulated where this CPU has none. TAP.
# test_exact_builds.sh write: writes that file instead, for a change that is meant to change bits.
cd "$(dirname "$0")/.." || exit
unset MAKEFLAGS MFLAGS
nets="gated_pixelcnn fashion mnist256 mnist_binary mnist_classify cifar10_small"
folder=build/exact
log=$folder/log
mkdir -p $folder
ccache=$(command -v ccache || true)
rows=3 some=gated_pixelcnn level=-O1 labels=3
[ -z "${SOAK:-}" ] || { rows=0; some=$nets; level=-O3; labels=0,7; }
n=0

ok() { n=$((n + 1)); echo "ok $n - $1"; }
not_ok() { n=$((n + 1)); echo "not ok $n - $1"; sed 's/^/# /' $log | tail -n 20; }
skip() { ok "$1 # SKIP not tested: $2"; }

# are_known FILE: are all of its lines among the known ones, and are there enough?
are_known() { [ "$(wc -l <"$1")" -eq $((12 + $(wc -w <<<"$some"))) ] && ! grep -vxFf tests/exact/hashes.txt "$1" >$log; }

# check NAME COMMAND...: the program's lines are known.
check() {
    local name=$1
    shift
    if "$@" >$folder/hashes 2>$log && are_known $folder/hashes; then ok "$name"; else not_ok "$name"; fi
}

# Of each net a file of images that it draws, one of each label, and their bytes, by ./darknet.
write_files() {
    local net of
    for net in $some; do
        of=(-label "$labels")
        [ "$net" != mnist_binary ] || of=() # it has no label
        ./darknet pixelcnn sample "$net" "${of[@]}" -n "$(tr , '\n' <<<"$labels" | wc -l)" -out "$folder/$net.png" -npy "$folder/$net.npz" &&
            ./darknet pixelcnn compress "$net" "$folder/$net.npz" -out "$folder/$net.gpc" &&
            ./darknet pixelcnn decompress "$net" "$folder/$net.gpc" -out "$folder/$net.npy" || return
    done >$log 2>&1
}

# decodes COMMAND...: the program decompresses these files to the same bytes, and compresses those to the same files.
decodes() {
    local net
    for net in $some; do
        "$@" recode "$net" "$folder/$net.gpc" >$folder/images 2>$log && [ -s $folder/images ] &&
            tail -c "$(stat -c %s $folder/images)" "$folder/$net.npy" | cmp - $folder/images >>$log 2>&1 || return
    done
}
check_files() {
    local name="$1 reads and writes the same compressed images"
    shift
    if [ -z "$has_files" ]; then skip "$name" "./darknet is not built"; elif decodes "$@"; then ok "$name"; else not_ok "$name"; fi
}

# build NAME MAKE-ARGUMENTS...: of what the C library alone needs. Darknet's part computes nothing here: it is not optimised.
build() {
    local name=$1
    shift
    make -s -j2 OPENMP=0 ONEDNN=0 BUILD=$folder/"$name" CPPFLAGS="-DXXH_INLINE_ALL -idirafter /usr/include" DARKNET_EXTRA=-O0 "$@" \
        $folder/"$name"/tests/exact/hashes >$log 2>&1
}

# native NAME SETS MAKE-ARGUMENTS...: builds, and runs with each of the sets.
native() {
    local name=$1 sets=$2 set
    shift 2
    build "$name" CFLAGS="-ffunction-sections $FLAGS" "$@" || { not_ok "$name builds"; return; }
    for set in $sets; do
        if [ "$set" != SSE2 ] && ! PIXELCNN_VECTORS=$set $folder/"$name"/tests/exact/hashes 0 >$log 2>&1; then
            if grep -q 'this CPU supports at most' $log; then skip "$name, $set" "$(tail -n 1 $log)"; else not_ok "$name, $set"; fi
        else
            PIXELCNN_VECTORS=$set check "$name, $set" $folder/"$name"/tests/exact/hashes $rows $some
            some=gated_pixelcnn PIXELCNN_VECTORS=$set check_files "$name, $set" $folder/"$name"/tests/exact/hashes
        fi
    done
}

# On an emulated CPU with AVX-512: three rows of each net, and the compressed files.
emulated_avx512() {
    local root=$folder/avx512-root name="AVX-512, emulated" net rows=3
    PIXELCNN_VECTORS=AVX-512 $folder/gcc-O2/tests/exact/hashes 0 >$log 2>&1 && { skip "$name" "this CPU has it"; return; }
    build static CC="$ccache gcc" CFLAGS="-ffunction-sections -O3" LDFLAGS=-static || { not_ok "$name: builds"; return; }
    rm -rf $root && mkdir -p $root/{bin,cfg,weights,files} && cp $folder/static/tests/exact/hashes $root/bin
    {
        echo "export PIXELCNN_VECTORS=AVX-512; hashes $rows $some"
        for net in $some; do
            cp cfg/"$net".cfg $root/cfg && cp weights/"$net".weights $root/weights && cp $folder/"$net".gpc $root/files
            echo "hashes recode $net files/$net.gpc >images && echo $net \$(sha256sum <images)"
        done
    } >$folder/avx512-script
    tests/exact/run_avx512.sh $root $folder/avx512-script >$folder/avx512 2>$log || { not_ok "$name: runs"; return; }
    grep -v ' -$' $folder/avx512 >$folder/hashes
    if are_known $folder/hashes; then ok "$name"; else not_ok "$name"; fi
    # an .npy file's header has 128 bytes
    for net in $some; do echo "$net $(tail -c +129 $folder/"$net".npy | sha256sum)"; done | tr -s ' ' >$folder/expected
    if grep ' -$' $folder/avx512 | cmp - $folder/expected >$log; then ok "$name reads and writes the same compressed images"
    else not_ok "$name reads and writes the same compressed images"; fi
}

if [ "${1:-}" = write ]; then
    build gcc CFLAGS=-ffunction-sections CC="$ccache gcc" || { cat $log >&2; exit 1; }
    {
        sed -n '/^#/p' tests/exact/hashes.txt
        $folder/gcc/tests/exact/hashes 0 $nets
        $folder/gcc/tests/exact/hashes 3 $nets | tail -n "$(wc -w <<<"$nets")"
    } >$folder/new && mv $folder/new tests/exact/hashes.txt
    exit
fi

has_files=1
if [ ! -x ./darknet ]; then has_files=; elif ! write_files; then not_ok "./darknet compresses"; fi

if [ -n "${SOAK:-}" ] && [ "$(uname -m)" = x86_64 ]; then
    FLAGS=-O0 native gcc-O0 "SSE2 AVX2 AVX-512" CC="$ccache gcc"
    FLAGS=-O2 native gcc-O2 "SSE2 AVX2 AVX-512" CC="$ccache gcc"
    FLAGS=-march=native native gcc-native "SSE2 AVX2 AVX-512" CC="$ccache gcc"
    if command -v clang >/dev/null; then
        FLAGS=-O3 native clang-O3 "SSE2 AVX2 AVX-512" CC="$ccache clang"
        FLAGS=-O0 native clang-O0 "SSE2 AVX2 AVX-512" CC="$ccache clang"
    else
        skip clang "no clang"
    fi
    emulated_avx512
fi

qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64 || true)
if [ -z "$qemu" ]; then
    skip "aarch64" "no qemu-aarch64 (Debian: qemu-user-static)"
elif ! command -v aarch64-linux-gnu-gcc >/dev/null; then
    skip "aarch64" "no compiler for it (Debian: gcc-aarch64-linux-gnu)"
elif ! build aarch64 CC="$ccache aarch64-linux-gnu-gcc" OBJCOPY=aarch64-linux-gnu-objcopy CFLAGS="-ffunction-sections $level" LDFLAGS=-static; then
    not_ok "aarch64 builds"
else
    check "aarch64, emulated" "$qemu" $folder/aarch64/tests/exact/hashes $rows $some
    check_files "aarch64, emulated" "$qemu" $folder/aarch64/tests/exact/hashes
fi

web=build/web-objects/hashes.wasm
if ! command -v node >/dev/null; then
    skip "WebAssembly" "no node (Debian: nodejs)"
elif ! echo 'int main(void) { return 0; }' | ${WEB_CC:-clang} --target=wasm32-wasi --sysroot="${WEB_SYSROOT:-/usr}" -x c - -o /dev/null 2>/dev/null; then
    skip "WebAssembly" "no clang for wasm32 (Debian: clang lld wasi-libc libclang-rt-dev-wasm32)"
elif ! flock build/.web-lock make -s -j2 ${WEB_CC:-WEB_CC="$ccache clang"} $web >$log 2>&1; then
    not_ok "WebAssembly builds"
else
    # On its own thread alone: a process that ends while others of its threads compile may crash.
    in_node=(node --no-warnings --single-threaded tests/exact/run_wasm.mjs $web)
    check "WebAssembly in node" "${in_node[@]}" $rows $some
    check_files "WebAssembly in node" "${in_node[@]}"
fi
echo "1..$n"
