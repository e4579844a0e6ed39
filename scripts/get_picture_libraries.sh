#!/bin/sh
# Builds static libpng and libjpeg-turbo from Debian's source with the fuzzer's flags, for the fuzz build only:
# get_picture_libraries.sh FOLDER FLAGS. FOLDER/link then says what to link: without the source or cmake the system's
# libraries, which are not instrumented. Needs no root.
set -eu
folder=$1 flags=$2
mkdir -p "$folder/source" "$folder/include" "$folder/lib"
folder=$(cd "$folder" && pwd)
jobs=$(nproc)

# Pools of the main archive and of the security updates: either may have a file.
fetch() {
    [ ! -f "$folder/source/$2" ] || return 0
    for site in $(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | sort -u); do
        for pool in pool/main pool/updates/main; do
            /usr/lib/apt/apt-helper download-file "$site/$pool/$1/$2" "$folder/source/$2" "SHA256:$3" >/dev/null 2>&1 && return
        done
    done
    echo "cannot fetch $2 from any site that apt knows" >&2
    return 1
}

# The source with Debian's patches, which are the security updates.
unpack() {
    rm -rf "$folder/$1" && mkdir "$folder/$1"
    tar -C "$folder/$1" --strip-components=1 -xzf "$folder/source/$2"
    tar -C "$folder/$1" -xJf "$folder/source/$3"
    grep -v '^#' "$folder/$1/debian/patches/series" | while read -r patch; do
        [ -z "$patch" ] || patch -s -d "$folder/$1" -p1 <"$folder/$1/debian/patches/$patch" || return 1
    done
}

get_sources() {
    command -v apt-get >/dev/null && command -v cmake >/dev/null && command -v patch >/dev/null ||
        { echo "apt-get, cmake or patch not found" >&2; return 1; }
    fetch libp/libpng1.6 libpng1.6_1.6.39.orig.tar.gz a00e9d2f2f664186e4202db9299397f851aea71b36a35e74910b8820e380d441 &&
        fetch libp/libpng1.6 libpng1.6_1.6.39-2+deb12u5.debian.tar.xz ab14906eda9fddf14cbb1e589b9ba7439c22e233dc3c5e3cf9356c9625565a82 &&
        fetch libj/libjpeg-turbo libjpeg-turbo_2.1.5.orig.tar.gz 254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c &&
        fetch libj/libjpeg-turbo libjpeg-turbo_2.1.5-2.debian.tar.xz cdb2433c2f7101345c1ffa14efb943787c675b86354691a32490845fe4bc9237 &&
        unpack png libpng1.6_1.6.39.orig.tar.gz libpng1.6_1.6.39-2+deb12u5.debian.tar.xz &&
        unpack jpeg libjpeg-turbo_2.1.5.orig.tar.gz libjpeg-turbo_2.1.5-2.debian.tar.xz
}

build_png() {
    cp png/scripts/pnglibconf.h.prebuilt png/pnglibconf.h &&
    (cd png && printf '%s\n' png*.c | grep -v pngtest | xargs -P "$jobs" -I{} clang $flags -w -c {} && ar rcs ../lib/libpng16.a png*.o) &&
    cp png/png.h png/pngconf.h png/pnglibconf.h include/
}

# Without SIMD: the fuzzer sees C. The encoder is not fuzzed, and clang would take minutes over its Huffman coder.
build_jpeg() {
    echo 'set_source_files_properties(jchuff.c jcphuff.c PROPERTIES COMPILE_OPTIONS "-O0;-fno-sanitize=all")' >>jpeg/CMakeLists.txt
    cmake -S jpeg -B jpeg/build -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="$flags -w" -DWITH_SIMD=0 \
        -DENABLE_SHARED=0 -DWITH_TURBOJPEG=0 &&
        cmake --build jpeg/build --target jpeg-static -j "$jobs" &&
        cp jpeg/build/libjpeg.a lib/ &&
        cp jpeg/jpeglib.h jpeg/jmorecfg.h jpeg/jerror.h jpeg/build/jconfig.h include/
}

if get_sources; then
    cd "$folder"
    { build_png && build_jpeg; } >build.log 2>&1 || { tail -n 20 build.log >&2; exit 1; }
    echo "$folder/lib/libpng16.a $folder/lib/libjpeg.a" >link
else
    echo "fuzzing pictures with the system's libpng and libjpeg, which are not instrumented" >&2
    echo "-lpng16 -ljpeg" >"$folder/link"
fi
