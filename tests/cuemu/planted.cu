/*
planted.cu - bugs of each kind that the emulator knows, each with its repaired twin: planted NAME bug|repaired.
planted NAME computes a number; 1 and a word if it isn't what is expected or CUDA returned an error. test_planted.sh runs it.
*/
#include <cuda_pipeline.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 64 };

static void must(cudaError_t e)
{
    if (!e) return;
    printf("CUDA: %s\n", cudaGetErrorName(e));
    exit(1);
}

/* n floats on the device: 1, 2, ... */
static float *counting(int n)
{
    float *p, host[1024];
    for (int i = 0; i < n; ++i) host[i] = (float)(i + 1);
    must(cudaMalloc(&p, n * sizeof *p));
    must(cudaMemcpy(p, host, n * sizeof *p, cudaMemcpyHostToDevice));
    return p;
}

/* The sum of n floats on the device, after all that was launched. */
static float total(const float *p, int n)
{
    float host[1024], sum = 0;
    must(cudaGetLastError());
    must(cudaDeviceSynchronize());
    must(cudaMemcpy(host, p, n * sizeof *p, cudaMemcpyDeviceToHost));
    for (int i = 0; i < n; ++i) sum += host[i];
    return sum;
}

__global__ void mirror(float *x, bool bug)
{
    __shared__ float part[N];
    part[threadIdx.x] = x[threadIdx.x];
    if (!bug) __syncthreads();
    x[threadIdx.x] = part[N - 1 - threadIdx.x];
}

static float missing_barrier(bool bug)
{
    float *x = counting(N);
    mirror<<<1, N>>>(x, bug);
    return total(x, N);
}

__global__ void add_all(const float *x, float *sum, bool bug)
{
    float y = x[blockIdx.x * blockDim.x + threadIdx.x];
    if (bug) *sum += y;
    else atomicAdd(sum, y);
}

static float missing_atomic(bool bug)
{
    float *x = counting(N), *sum = counting(1);
    must(cudaMemset(sum, 0, sizeof *sum));
    add_all<<<N / 16, 16>>>(x, sum, bug);
    return total(sum, 1);
}

/* The same between blocks only: one thread in each. */
static float missing_atomic_of_blocks(bool bug)
{
    float *x = counting(N), *sum = counting(1);
    must(cudaMemset(sum, 0, sizeof *sum));
    add_all<<<N, 1>>>(x, sum, bug);
    return total(sum, 1);
}

__global__ void half_waits(float *x, bool bug)
{
    if (!bug || threadIdx.x < N / 2) __syncthreads();
    else __syncthreads();
    x[threadIdx.x] += 0;
}

static float divergent_barrier(bool bug)
{
    float *x = counting(N);
    half_waits<<<1, N>>>(x, bug);
    return total(x, N);
}

__global__ void some_leave(float *x, int n, bool bug)
{
    if (bug && threadIdx.x >= n) return;
    __syncthreads();
    if (threadIdx.x < n) x[threadIdx.x] += 0;
}

static float barrier_after_return(bool bug)
{
    float *x = counting(N);
    some_leave<<<1, 2 * N>>>(x, N, bug);
    return total(x, N);
}

__global__ void sum_of_warp(float *x, bool bug)
{
    float y = x[threadIdx.x];
    for (int by = 16; by; by /= 2)
        if (!bug || threadIdx.x % 32 < 16) y += __shfl_down_sync(0xffffffff, y, by);
    if (threadIdx.x % 32) y = 0;
    x[threadIdx.x] = y;
}

static float divergent_shuffle(bool bug)
{
    float *x = counting(N);
    sum_of_warp<<<1, N>>>(x, bug);
    return total(x, N);
}

__global__ void touch(float *x, int n)
{
    int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < n) x[i] += 0;
}

static float write_behind(bool bug)
{
    float *x = counting(N);
    touch<<<2, N>>>(x, bug ? 2 * N : N);
    return total(x, N);
}

__global__ void store(float *x, int at) { x[at] = 1; }

/* One float behind the end, where no page ends. */
static float write_just_behind(bool bug)
{
    float *x = counting(N - 1);
    store<<<1, 1>>>(x, bug ? N - 1 : 0);
    return total(x, N - 1) + N;
}

static float write_before(bool bug)
{
    float *x = counting(N);
    store<<<1, 1>>>(x, bug ? -1 : 0);
    return total(x, N);
}

__global__ void load(const float *x, int at, float *to) { to[0] += 0 * x[at]; }

static float read_behind(bool bug)
{
    float *x = counting(N), *y = counting(N);
    load<<<1, 1>>>(x, bug ? N : 0, y);
    return total(y, N);
}

static float read_just_behind(bool bug)
{
    float *x = counting(N - 1), *y = counting(N);
    load<<<1, 1>>>(x, bug ? N - 1 : 0, y);
    return total(y, N);
}

__global__ void add_shared(float *x, bool bug)
{
    __shared__ float sum;
    if (!bug && !threadIdx.x) sum = 0;
    __syncthreads();
    x[threadIdx.x] += 0 * sum;
}

static float unwritten_shared(bool bug)
{
    float *x = counting(N);
    add_shared<<<1, N>>>(x, bug);
    return total(x, N);
}

/* The last thread reads what the first ones have copied. */
__global__ void copy_slowly(float *x, bool bug)
{
    __shared__ float part[N];
    __pipeline_memcpy_async(part + threadIdx.x, x + threadIdx.x, sizeof(float));
    __pipeline_commit();
    if (!bug) __pipeline_wait_prior(0);
    __syncthreads();
    x[threadIdx.x] = part[N - 1 - threadIdx.x];
}

static float missing_wait_for_copy(bool bug)
{
    float *x = counting(N);
    copy_slowly<<<1, N>>>(x, bug);
    return total(x, N);
}

__global__ void copy_quad(float *x, int from)
{
    __shared__ float4 quad[1];
    __pipeline_memcpy_async(quad, x + from, sizeof(float4));
    __pipeline_commit();
    __pipeline_wait_prior(0);
    x[0] += 0 * quad[0].x;
}

static float misaligned_copy(bool bug)
{
    float *x = counting(N);
    copy_quad<<<1, 1>>>(x, bug ? 1 : 0);
    return total(x, N);
}

__global__ void past_shared(float *x, int at)
{
    extern __shared__ float dynamic[];
    dynamic[threadIdx.x] = x[threadIdx.x];
    if (!threadIdx.x) dynamic[at] = 1;
    x[threadIdx.x] = dynamic[threadIdx.x];
}

static float shared_behind(bool bug)
{
    float *x = counting(N);
    past_shared<<<1, N, N * sizeof(float)>>>(x, bug ? N : 0);
    return total(x, N);
}

static float too_much_shared(bool bug)
{
    float *x = counting(N);
    if (!bug) must(cudaFuncSetAttribute(past_shared, cudaFuncAttributeMaxDynamicSharedMemorySize, 64 << 10));
    past_shared<<<1, N, 64 << 10>>>(x, 0);
    return total(x, N);
}

static float unwritten_memory(bool bug)
{
    float *x = counting(N), *y;
    must(cudaMalloc(&y, sizeof *y));
    if (!bug) must(cudaMemset(y, 0, sizeof *y));
    load<<<1, 1>>>(y, 0, x);
    return total(x, N);
}

static float host_pointer(bool bug)
{
    float *x = counting(N), *host = (float *)calloc(N, sizeof *host);
    touch<<<1, N>>>(bug ? host : x, N);
    free(host);
    return total(x, N);
}

static float host_dereference(bool bug)
{
    float *x = counting(N);
    if (bug) x[0] = 1;
    return total(x, N);
}

static float grid_zero(bool bug)
{
    float *x = counting(N);
    touch<<<bug ? 0 : 1, N>>>(x, N);
    return total(x, N);
}

static float block_too_large(bool bug)
{
    float *x = counting(N);
    touch<<<1, bug ? 2048 : 1024>>>(x, N);
    return total(x, N);
}

static float use_after_free(bool bug)
{
    float *x = counting(N), *y = counting(N);
    if (bug) must(cudaFree(y));
    touch<<<1, N>>>(y, N);
    return total(x, N);
}

struct two_pointers {
    float *a, *b;
};
__global__ void touch_both(two_pointers p) { p.a[threadIdx.x] += 0, p.b[threadIdx.x] += 0; }

static float freed_in_struct(bool bug)
{
    float *x = counting(N), *y = counting(N);
    if (bug) must(cudaFree(y));
    touch_both<<<1, N>>>({x, y});
    return total(x, N);
}

static float freed_twice(bool bug)
{
    float *x = counting(N), *y = counting(N);
    must(cudaFree(y));
    if (bug) must(cudaFree(y));
    return total(x, N);
}

static float wrong_direction(bool bug)
{
    float *x = counting(N), host[N];
    must(cudaMemcpy(host, x, sizeof host, bug ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost));
    return total(x, N);
}

static float copy_too_long(bool bug)
{
    float *x = counting(N), host[2 * N];
    must(cudaMemcpy(host, x, bug ? sizeof host : sizeof host / 2, cudaMemcpyDeviceToHost));
    return total(x, N);
}

static float other_device(bool bug)
{
    float *x = counting(N);
    must(cudaSetDevice(1));
    if (!bug) must(cudaDeviceEnablePeerAccess(0, 0));
    touch<<<1, N>>>(x, N);
    return total(x, N);
}

/* Reached through memory, not through an argument. */
__global__ void follow(float **p) { (*p)[threadIdx.x] += 0; }

static float other_device_hidden(bool bug)
{
    float *x = counting(N), **p;
    must(cudaSetDevice(1));
    if (!bug) must(cudaDeviceEnablePeerAccess(0, 0));
    must(cudaMalloc(&p, sizeof *p));
    must(cudaMemcpy(p, &x, sizeof x, cudaMemcpyHostToDevice));
    follow<<<1, N>>>(p);
    return total(x, N);
}

/* Two streams that neither wait for each other nor for the default one. */
static float missing_wait(bool bug)
{
    float *x = counting(N), *y = counting(N);
    cudaStream_t a, b;
    cudaEvent_t done;
    must(cudaStreamCreateWithFlags(&a, cudaStreamNonBlocking));
    must(cudaStreamCreateWithFlags(&b, cudaStreamNonBlocking));
    must(cudaEventCreate(&done));
    must(cudaMemsetAsync(x, 0, N * sizeof *x, a));
    must(cudaEventRecord(done, a));
    if (!bug) must(cudaStreamWaitEvent(b, done, 0));
    must(cudaMemcpyAsync(y, x, N * sizeof *x, cudaMemcpyDeviceToDevice, b));
    must(cudaStreamSynchronize(b));
    return total(y, N) + N * (N + 1) / 2;
}

static float missing_synchronise(bool bug)
{
    float *x = counting(N), *host, sum = 0;
    cudaStream_t a;
    must(cudaStreamCreate(&a));
    must(cudaMallocHost(&host, N * sizeof *host));
    must(cudaMemcpyAsync(host, x, N * sizeof *x, cudaMemcpyDeviceToHost, a));
    if (!bug) must(cudaStreamSynchronize(a));
    for (int i = 0; i < N; ++i) sum += host[i];
    return sum;
}

static float malloc_in_capture_of(cudaStreamCaptureMode mode, bool bug)
{
    float *x = counting(N), *y;
    cudaStream_t a;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    must(cudaStreamCreate(&a));
    must(cudaStreamBeginCapture(a, mode));
    if (bug) cudaMalloc(&y, 4);
    touch<<<1, N, 0, a>>>(x, N);
    must(cudaStreamEndCapture(a, &graph));
    must(cudaGraphInstantiate(&exec, graph, 0));
    must(cudaGraphLaunch(exec, a));
    must(cudaStreamSynchronize(a));
    return total(x, N);
}

static float malloc_in_capture(bool bug) { return malloc_in_capture_of(cudaStreamCaptureModeGlobal, bug); }
static float malloc_of_capturing_thread(bool bug) { return malloc_in_capture_of(cudaStreamCaptureModeThreadLocal, bug); }

#define CASE(name) {#name, name}
static const struct {
    const char *name;
    float (*run)(bool bug);
} CASES[] = {
    CASE(missing_barrier), CASE(missing_atomic), CASE(missing_atomic_of_blocks), CASE(divergent_barrier),
    CASE(barrier_after_return), CASE(divergent_shuffle), CASE(write_behind), CASE(write_just_behind), CASE(write_before),
    CASE(read_behind), CASE(read_just_behind), CASE(unwritten_shared), CASE(missing_wait_for_copy), CASE(misaligned_copy), CASE(shared_behind), CASE(too_much_shared), CASE(unwritten_memory),
    CASE(host_pointer), CASE(host_dereference), CASE(grid_zero), CASE(block_too_large), CASE(use_after_free),
    CASE(freed_in_struct), CASE(freed_twice), CASE(wrong_direction), CASE(copy_too_long), CASE(other_device),
    CASE(other_device_hidden), CASE(missing_wait), CASE(missing_synchronise), CASE(malloc_in_capture),
    CASE(malloc_of_capturing_thread),
};

int main(int argc, char **argv)
{
    float expected = N * (N + 1) / 2;
    for (auto &c : CASES) {
        if (argc < 3 || strcmp(argv[1], c.name)) continue;
        float result = c.run(!strcmp(argv[2], "bug"));
        if (result == expected) return 0;
        printf("the result is %g, not %g\n", result, expected);
        return 1;
    }
    fprintf(stderr, "usage: planted NAME bug|repaired\n");
    return 2;
}
