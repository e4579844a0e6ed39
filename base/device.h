/*
device.h - where a net is computed: on the CPU or, in a program built with GPU=1, on an NVIDIA device.

This is the only header that asks which of the two builds it is compiled in. A file for devices only ends in
_gpu.c, _gpu.h or _kernels.cu, a function that computes on a device or copies to it in _gpu; a CPU build has
none of them. Code that both builds compile reaches them in these ways, without an #ifdef of its own:
    if (ON_DEVICE(net)) X_gpu(...)  the condition is the constant 0 in a CPU build, which therefore never refers to X_gpu
    GPU_ONLY(&X_gpu)                in a layer's kind, the address of its device functions; NULL in a CPU build
    GPU_FIELD(l.output)             l.output_gpu, one of the fields that Darknet has in GPU builds only; else NULL
    SET_GPU_FIELD(l.output, x)      l.output_gpu = x, or nothing
    the functions below             which do nothing in a CPU build
Structs of our own have the same fields in both builds; those for a device are NULL in a net on the CPU.
*/
#pragma once
#include <stddef.h>

#define MOST_DEVICES 16 // Darknet keeps handles for 16

typedef struct {
    int n, index[MOST_DEVICES];
} device_list;

/* How devices compute, in the whole program; set before a net is built. Both are off by default. */
typedef struct {
    int tf32;          // products on tensor cores, whose factors have a 10-bit mantissa
    int deterministic; // only cuDNN algorithms with the same bits in every run, as our kernels and cuBLAS have
} device_math_options;

#ifdef __cplusplus
extern "C" {
#endif

extern int gpu_index;                   // Darknet's: the device in use; -1: the CPU
extern device_math_options device_math; // defined in GPU builds

/* Is the net computed on a device? Will the net that is being built be? */
#define ON_DEVICE(net) (GPU_BUILD && (net)->gpu_index >= 0)
#define BUILDING_ON_DEVICE (GPU_BUILD && gpu_index >= 0)

#ifdef GPU
enum { GPU_BUILD = 1 };
#define GPU_ONLY(address) (address)
#define GPU_FIELD(field) (field##_gpu)
#define SET_GPU_FIELD(field, x) ((void)(field##_gpu = (x)))

/* Makes device `index` the calling thread's and gpu_index, after a test that it computes. If it does not, one
   line says what was found, what is needed and how to compute on the CPU; exit status 1. index < 0 is the
   CPU: only gpu_index is set. */
void open_device(int index);

/* Bytes or floats for the net that is being built, zero; NULL if it is on the CPU. Free with free_gpu, which
   accepts NULL. */
void *device_bytes(size_t n);
float *device_floats(size_t n);
void free_gpu(void *p);

/* Waits until the device has finished what was launched; index < 0 is the CPU. */
void wait_for_device(int index);
/* Bytes of the device's memory in use by all programs; 0 for the CPU. */
size_t used_device_memory(int index);

#else
enum { GPU_BUILD = 0 };
#define GPU_ONLY(address) NULL
#define GPU_FIELD(field) NULL
#define SET_GPU_FIELD(field, x) ((void)(x))

static inline void open_device(int index) { (void)index; }
static inline void *device_bytes(size_t n) { return (void)n, (void *)0; }
static inline float *device_floats(size_t n) { return (void)n, (float *)0; }
static inline void free_gpu(void *p) { (void)p; }
static inline void wait_for_device(int index) { (void)index; }
static inline size_t used_device_memory(int index) { return (void)index, 0; }
#endif

#ifdef __cplusplus
}
#endif
