/*
device_gpu.c - is there a device, and does this program run on it? See device_gpu.h.

The host finds out by an assertion in its first call. A program built with nvcc starts without a driver: CUDA's runtime looks
for it when it is first called.
*/
#include <stdarg.h>
#include "base/calls_gpu.h"
#include "base/device_gpu.h"
#include "base/errors.h"
#include "base/probe_kernels.h"

#ifndef GPU_ARCH
#define GPU_ARCH "this machine"
#endif

/* Ends every message about a device that does not serve. */
#define ON_CPU "; on the CPU: -nogpu, or a program built by plain make (GPU=0)"

static int major_of(int version) { return version / 1000; }
static int minor_of(int version) { return version % 1000 / 10; }

const char *built_for(void) { return GPU_ARCH; }

static void explain_driver(int driver, int runtime, char trouble[512])
{
    char found[128] = "no NVIDIA driver was found";
    if (driver)
        snprintf(found, sizeof found, "the NVIDIA driver is one for CUDA %d.%d, too old", major_of(driver),
                 minor_of(driver));
    snprintf(
        trouble, 512,
        "%s; needed: a driver for CUDA %d.0 or later, as this program is built with CUDA %d.%d (nvidia-smi shows it)",
        found, major_of(runtime), major_of(runtime), minor_of(runtime));
}

int count_devices(char trouble[512])
{
    int n = 0, driver = 0, runtime = 0;
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    cudaError_t status = cudaGetDeviceCount(&n);
    cudaGetLastError(); // read, so that nobody meets it later
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    *trouble = 0;
    if (status == cudaSuccess && n > 0) return n;
    if (!driver || status == cudaErrorInsufficientDriver)
        explain_driver(driver, runtime, trouble);
    else if (status == cudaSuccess || status == cudaErrorNoDevice)
        snprintf(trouble, 512, "the NVIDIA driver shows no device%s%.200s; needed: one that nvidia-smi lists",
                 visible ? ", with CUDA_VISIBLE_DEVICES=" : "", visible ? visible : "");
    else
        snprintf(trouble, 512, "the NVIDIA driver (CUDA %d.%d) fails: %s (%s)", major_of(driver), minor_of(driver),
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

/* Of a device that a kernel does not run on. */
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
    if (status == cudaErrorMemoryAllocation)
        snprintf(why, sizeof why, "not even its first bytes of memory are free (nvidia-smi shows who has them)");
    die("device %d (%.100s, compute capability %d.%d): %.380s%s", index, f.name, f.major, f.minor, why, ON_CPU);
}

void open_device(int index)
{
    static char tried[MOST_DEVICES];
    char trouble[512];
    gpu_index = index;
    if (index < 0) return;
    if (index < MOST_DEVICES && tried[index]) {
        CUDA_OK(cudaSetDevice(index));
        return;
    }
    int n = count_devices(trouble);
    if (!n) die("%s%s", trouble, ON_CPU);
    if (index >= n || index >= MOST_DEVICES)
        die("device %d was asked for; this machine has %d, counted from 0%s", index, n, ON_CPU);
    cudaError_t status = cudaSetDevice(index);
    if (status == cudaSuccess) status = probe_device();
    if (status != cudaSuccess) refuse(index, status);
    tried[index] = 1;
}
