/*
cuemu_kernel.h - what a translated .cu file is made of: the qualifiers, threadIdx and its kin, launches, shared memory,
barriers, shuffles, atomics and device mathematics.
*/
#pragma once
#ifdef __cplusplus
extern "C++" {
#include <bits/c++config.h>
#undef _GLIBCXX_USE_STD_SPEC_FUNCS // which nobody calls: they are most of what math.h would take to compile
#include <math.h>
#include <string.h>
#include <initializer_list>
#include <tuple>
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

struct uint3 {
    unsigned x, y, z;
};
struct float2 {
    float x, y;
};
struct float3 {
    float x, y, z;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct int2 {
    int x, y;
};
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float3 make_float3(float x, float y, float z) { return {x, y, z}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline int2 make_int2(int x, int y) { return {x, y}; }

/* Of the running thread: there is one at a time. */
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

namespace cuemu {

struct launch_site {
    const char *kernel, *file;
    int line;
};

/* An argument that is checked before the launch: is_pointer, the value; or a struct that may contain pointers. */
struct argument {
    const void *address;
    size_t size;
    bool is_pointer;
};

struct launch_request {
    launch_site site;
    const void *kernel;
    dim3 grid, block;
    size_t shared;
    cudaStream_t stream;
};

/* What each CUDA thread runs, run(values), and what removes its values in the end. Not a std::function: <functional> takes a
   third of a second to compile, in each file. */
struct thread_body {
    void (*run)(const void *values);
    void (*remove)(void *values);
    void *values;
};

/* Checks and runs one launch; thread.run is called once for each CUDA thread. */
void run_launch(const launch_request &request, std::initializer_list<argument> arguments, thread_body thread);

template <class T> argument as_argument(const T &value)
{
    if constexpr (std::is_pointer_v<T>)
        return {(const void *)value, 0, true};
    else
        return {&value, std::is_class_v<T> ? sizeof value : 0, false};
}

template <class... P> struct launcher {
    launch_request request;
    void (*kernel)(P...);

    struct copies {
        void (*kernel)(P...);
        std::tuple<P...> values;
    };
    static void run(const void *c) { std::apply(((const copies *)c)->kernel, ((const copies *)c)->values); }
    static void remove(void *c) { delete (copies *)c; }

    /* Converts the arguments to the kernel's own types, as nvcc does. */
    void operator()(P... values) const
    {
        run_launch(request, {argument{nullptr, 0, false}, as_argument(values)...},
                   {run, remove, new copies{kernel, std::tuple<P...>(values...)}});
    }
};

template <class... P>
launcher<P...> launch(const char *name, const char *file, int line, void (*kernel)(P...), dim3 grid, dim3 block,
                      size_t shared = 0, cudaStream_t stream = nullptr)
{
    return {{{name, file, line}, (const void *)kernel, grid, block, shared, stream}, kernel};
}

/* Memory of one __shared__ declaration, NaN when a block starts. */
struct shared_slot {
    explicit shared_slot(size_t bytes);
    void *of_this_block();
    size_t bytes;
    char *memories[2]; // of blocks that count as concurrent, see race.h
    unsigned long filled_in[2];
};
/* The lambda's type tells the declarations apart. */
template <class T, class Site> T &shared(Site)
{
    static shared_slot slot(sizeof(T));
    return *(T *)slot.of_this_block();
}
void *dynamic_shared_memory();
/* The most dynamic shared memory of a kernel; 48 KiB by default. */
cudaError_t allow_shared(const void *kernel, int bytes);
template <class T> T *dynamic_shared() { return (T *)dynamic_shared_memory(); }

void barrier(const char *file, int line);
void warp_barrier(unsigned mask, const char *file, int line);
/* The lane's 32-bit value once all lanes of the warp have supplied theirs; for a lane outside the warp the caller's own. */
uint32_t shuffle(unsigned mask, uint32_t value, int lane, const char *file, int line);
int lane_of_this_thread();

enum shuffle_kind { SHUFFLE_TO, SHUFFLE_UP, SHUFFLE_DOWN, SHUFFLE_XOR };
template <class T>
T shuffle_as(shuffle_kind kind, unsigned mask, T value, int by, int width, const char *file, int line)
{
    static_assert(sizeof(T) == 4, "the emulator shuffles 32 bits");
    int lane = lane_of_this_thread(), first = lane / width * width;
    int from = kind == SHUFFLE_TO     ? first + by % width
               : kind == SHUFFLE_UP   ? lane - by
               : kind == SHUFFLE_DOWN ? lane + by
                                      : lane ^ by;
    if (from < first || from >= first + width) from = lane;
    uint32_t bits;
    memcpy(&bits, &value, 4);
    bits = shuffle(mask, bits, from, file, line);
    memcpy(&value, &bits, 4);
    return value;
}
} // namespace cuemu

#define __syncthreads() cuemu::barrier(__FILE__, __LINE__)
#define CUEMU_FIRST(a, ...) a
#define __syncwarp(...) cuemu::warp_barrier(CUEMU_FIRST(__VA_ARGS__ __VA_OPT__(, ) 0xffffffffu), __FILE__, __LINE__)
#define CUEMU_SHUFFLE(kind, mask, value, by, ...)                                                                      \
    cuemu::shuffle_as(cuemu::kind, mask, value, by, CUEMU_FIRST(__VA_ARGS__ __VA_OPT__(, ) 32), __FILE__, __LINE__)
#define __shfl_sync(mask, value, lane, ...) CUEMU_SHUFFLE(SHUFFLE_TO, mask, value, lane, __VA_ARGS__)
#define __shfl_up_sync(mask, value, by, ...) CUEMU_SHUFFLE(SHUFFLE_UP, mask, value, by, __VA_ARGS__)
#define __shfl_down_sync(mask, value, by, ...) CUEMU_SHUFFLE(SHUFFLE_DOWN, mask, value, by, __VA_ARGS__)
#define __shfl_xor_sync(mask, value, by, ...) CUEMU_SHUFFLE(SHUFFLE_XOR, mask, value, by, __VA_ARGS__)
#define __threadfence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define __threadfence_block() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* Real atomics only for the race check; otherwise one thread runs at a time. */
template <class T> static inline T cuemu_atomic_add(T *p, T v)
{
#ifdef __SANITIZE_THREAD__
    T old, sum;
    __atomic_load(p, &old, __ATOMIC_RELAXED);
    do sum = old + v;
    while (!__atomic_compare_exchange(p, &old, &sum, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return old;
#else
    T old = *p;
    *p = old + v;
    return old;
#endif
}
static inline float atomicAdd(float *p, float v) { return cuemu_atomic_add(p, v); }
static inline double atomicAdd(double *p, double v) { return cuemu_atomic_add(p, v); }
static inline int atomicAdd(int *p, int v) { return cuemu_atomic_add(p, v); }
static inline unsigned atomicAdd(unsigned *p, unsigned v) { return cuemu_atomic_add(p, v); }

template <class T> static inline T __ldg(const T *p) { return *p; }

/* glibc has functions of these names, or will. */
#define __expf(x) expf(x)
#define __exp2f(x) exp2f(x)
#define __logf(x) logf(x)
#define __log2f(x) log2f(x)
#define __log10f(x) log10f(x)
#define __sinf(x) sinf(x)
#define __cosf(x) cosf(x)
#define __powf(x, y) powf(x, y)
#define __fdividef(x, y) ((float)(x) / (float)(y))
#define __frcp_rn(x) (1.0f / (float)(x))
#define __fsqrt_rn(x) sqrtf(x)
#define __fmaf_rn(x, y, z) fmaf(x, y, z)
#define __saturatef(x) fminf(fmaxf(x, 0.0f), 1.0f)
#define rsqrtf(x) (1.0f / sqrtf(x))
#define rsqrt(x) (1.0 / sqrt(x))

static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
static inline unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }

static inline float __int_as_float(int x)
{
    float f;
    memcpy(&f, &x, 4);
    return f;
}
static inline int __float_as_int(float x)
{
    int i;
    memcpy(&i, &x, 4);
    return i;
}
static inline unsigned __float_as_uint(float x) { return (unsigned)__float_as_int(x); }
static inline float __uint_as_float(unsigned x) { return __int_as_float((int)x); }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }

/* An instance of a template or a plain kernel: nvcc accepts both. */
template <class K> static inline cudaError_t cudaFuncSetAttribute(K *kernel, cudaFuncAttribute, int bytes)
{
    return cuemu::allow_shared((const void *)kernel, bytes);
}
template <class T> static inline cudaError_t cudaMalloc(T **p, size_t bytes) { return cudaMalloc((void **)p, bytes); }
template <class T> static inline cudaError_t cudaMallocHost(T **p, size_t bytes)
{
    return cudaMallocHost((void **)p, bytes);
}
} // extern "C++"
#endif
