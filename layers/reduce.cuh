/*
reduce.cuh - sums over the threads of a block, in an order that only the block's size fixes: the same bits every time.
*/
#ifndef REDUCE_CUH
#define REDUCE_CUH

enum { WARP = 32, MOST_WARPS = 32 };

/* The sum of x over all threads, for thread 0; the others get something else. The block is a multiple of 32 threads, and all
   of them call it. */
template <typename T> static __device__ T block_sum(T x)
{
    __shared__ T of_warp[MOST_WARPS];
    int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP, warps = blockDim.x / WARP;
    for (int d = WARP / 2; d; d /= 2) x += __shfl_down_sync(0xffffffff, x, d);
    __syncthreads(); // of_warp may still be read from a call before
    if (lane == 0) of_warp[warp] = x;
    __syncthreads();
    if (warp) return x;
    x = lane < warps ? of_warp[lane] : 0;
    for (int d = WARP / 2; d; d /= 2) x += __shfl_down_sync(0xffffffff, x, d);
    return x;
}

#endif
