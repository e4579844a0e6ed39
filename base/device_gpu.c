/*
device_gpu.c - is there a device, and does this program run on it? See device.h and device_gpu.h.

Darknet finds out when an assertion in its first call fails. A program built with nvcc starts without a
driver: CUDA's runtime loads it at its first call.
*/
#include "base/calls_gpu.h"
#include "base/device_gpu.h"
#include "base/errors.h"
#include "base/probe_kernels.h"

device_math_options device_math;

#ifndef GPU_ARCH
#define GPU_ARCH "this machine"
#endif

/* The end of every message about a device that cannot be used. */
#define ON_CPU "; on the CPU: -nogpu, or a program built by plain make (GPU=0)"

static int major_of(int version) { return version / 1000; }
static int minor_of(int version) { return version % 1000 / 10; }

const char *built_for(void) { return GPU_ARCH; }

static void explain_driver(int driver, int runtime, char reason[512])
{
    char found[128] = "no NVIDIA driver was found";
    if (driver)
        snprintf(found, sizeof found, "the NVIDIA driver is for CUDA %d.%d, too old", major_of(driver),
                 minor_of(driver));
    snprintf(reason, 512,
             "%s; needed: a driver for CUDA %d.0 or later, since this program was built with CUDA %d.%d (nvidia-smi "
             "shows the driver's)",
             found, major_of(runtime), major_of(runtime), minor_of(runtime));
}

int count_devices(char reason[512])
{
    int n = 0, driver = 0, runtime = 0;
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    cudaError_t status = cudaGetDeviceCount(&n);
    cudaGetLastError(); // clears it for later calls
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    *reason = 0;
    if (status == cudaSuccess && n > 0) return n;
    if (!driver || status == cudaErrorInsufficientDriver)
        explain_driver(driver, runtime, reason);
    else if (status == cudaSuccess || status == cudaErrorNoDevice)
        snprintf(reason, 512, "the NVIDIA driver lists no device%s%.200s; needed: one that nvidia-smi shows",
                 visible ? ", with CUDA_VISIBLE_DEVICES=" : "", visible ? visible : "");
    else
        snprintf(reason, 512, "the NVIDIA driver (CUDA %d.%d) fails: %s (%s)", major_of(driver), minor_of(driver),
                 cudaGetErrorString(status), cudaGetErrorName(status));
    return 0;
}

device_facts facts_of_device(int index)
{
    struct cudaDeviceProp p;
    device_facts f;
    CUDA_OK(cudaGetDeviceProperties(&p, index));
    snprintf(f.name, sizeof f.name, "%s", p.name);
    f.memory = p.totalGlobalMem;
    f.major = p.major;
    f.minor = p.minor;
    return f;
}

/* For a device on which no kernel runs. */
static __attribute__((noreturn)) void refuse(int index, cudaError_t status)
{
    device_facts f = facts_of_device(index);
    char why[512];
    snprintf(why, sizeof why, "%s (%s)", cudaGetErrorString(status), cudaGetErrorName(status));
    if (status == cudaErrorNoKernelImageForDevice || status == cudaErrorInvalidDeviceFunction)
        snprintf(why, sizeof why, "this program has machine code for %s; needed: a build with ARCH=sm_%d%d",
                 built_for(), f.major, f.minor);
    if (status == cudaErrorUnsupportedPtxVersion)
        snprintf(
            why, sizeof why,
            "this program has machine code for %s and the driver is too old to translate it; needed: a newer driver "
            "or a build with ARCH=sm_%d%d",
            built_for(), f.major, f.minor);
    if (status == cudaErrorMemoryAllocation) snprintf(why, sizeof why, "no free device memory (see nvidia-smi)");
    die("device %d (%.100s, compute capability %d.%d): %.380s%s", index, f.name, f.major, f.minor, why, ON_CPU);
}

void open_device(int index)
{
    static char tried[MOST_DEVICES];
    char reason[512];
    gpu_index = index;
    if (index < 0) return;
    if (index < MOST_DEVICES && tried[index]) {
        CUDA_OK(cudaSetDevice(index));
        return;
    }
    int n = count_devices(reason);
    if (!n) die("%s%s", reason, ON_CPU);
    if (index >= n || index >= MOST_DEVICES)
        die("no device %d: this machine has %d, numbered from 0%s", index, n, ON_CPU);
    cudaError_t status = cudaSetDevice(index);
    if (status == cudaSuccess) status = probe_device();
    if (status != cudaSuccess) refuse(index, status);
    tried[index] = 1;
}

void wait_for_device(int index)
{
    if (index >= 0) CUDA_OK(cudaDeviceSynchronize());
}

size_t used_device_memory(int index)
{
    size_t left = 0, all = 0;
    if (index >= 0) CUDA_OK(cudaMemGetInfo(&left, &all));
    return all - left;
}
