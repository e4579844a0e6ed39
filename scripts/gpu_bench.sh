#!/bin/bash
# Measures speed on device 0: the table of scripts/bench.sh for a GPU build, and for PyTorch with CUDA if it is installed.
#
#     scripts/gpu_bench.sh [ROUNDS] [SECONDS]
#
# Uses cuDNN if its header is found; CUDNN=0: without. ARCH, CUDA_HOME ... as for make. PYTHON is a Python whose torch has CUDA
# (python3); Debian's has not. The output of each run stays in backup/bench-cuda.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${CUDNN:-}" ]; then
    CUDNN=1
    make -n GPU=1 CUDNN=1 2>&1 | grep -q 'cudnn.h is not among' && CUDNN=0
fi
folder=build/gpu
[ "$CUDNN" = 0 ] || folder=build/gpu-cudnn
make -s -j"$(nproc)" GPU=1 CUDNN="$CUDNN" $folder/darknet >&2
if $folder/darknet pixelcnn version | grep '^devices *none' >&2; then exit 1; fi
PYTHON=${PYTHON:-python3} PROGRAM=$folder/darknet exec scripts/bench.sh "$@"
