/* blocks.cuh - the number of threads of a block, and sums over them in an order that depends on their number
   alone: the same bits every time. */
#ifndef BLOCKS_CUH
#define BLOCKS_CUH
#include <string.h>

enum { WARP = 32, MOST_WARPS = 32, THREADS = 256 };

/* Threads for a block that loops over n items: whole warps, at most THREADS, as few as possible idle in the last round. */
static inline __host__ __device__ int threads_for(int n)
{
    int best = WARP, idle = n + THREADS;
    for (int t = n < THREADS / 2 ? WARP : THREADS / 2; t <= THREADS; t += WARP) {
        int left = (n + t - 1) / t * t - n;
        if (left <= idle) {
            best = t;
            idle = left;
        }
    }
    return best;
}

/* x of the thread d lanes higher in the warp, moved in words of 32 bits. */
template <typename T> static __device__ T from_lane_behind(T x, int d)
{
    int words[sizeof(T) / sizeof(int)];
    memcpy(words, &x, sizeof x);
    for (unsigned i = 0; i < sizeof words / sizeof *words; ++i) words[i] = __shfl_down_sync(0xffffffff, words[i], d);
    memcpy(&x, words, sizeof x);
    return x;
}

/* The sum of x over all threads, for thread 0; undefined for the others. The block is a multiple of 32 threads,
   and all of them call it, with a buffer for MOST_WARPS in shared memory. */
template <typename T> static __device__ T block_sum(T x, T *buffer)
{
    for (int d = WARP / 2; d; d /= 2) x += from_lane_behind(x, d);
    __syncthreads(); // a previous call may still read buffer
    if (threadIdx.x % WARP == 0) buffer[threadIdx.x / WARP] = x;
    __syncthreads();
    for (unsigned i = 1; threadIdx.x == 0 && i < blockDim.x / WARP; ++i) x += buffer[i];
    return x;
}

#endif
