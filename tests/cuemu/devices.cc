/*
devices.cc - devices, errors, and which thread is inside an emulated call. CUEMU_DEVICES=N: number of devices (1; 0 for a
machine without a driver). CUEMU_DRIVER=12020: the driver's version.
*/
#include <mutex>
#include <set>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utility>
#include "emu.h"

namespace cuemu {

static std::recursive_mutex mutex;
static int depth, active = ALL_DEVICES;
static std::set<std::pair<int, int>> peers; // who may touch whose memory
static thread_local int device_of_thread;
static thread_local cudaError_t last_error;

void fail(const char *format, ...)
{
    char line[1200];
    va_list arguments;
    va_start(arguments, format);
    int n = snprintf(line, sizeof line, "cuemu: ");
    n += vsnprintf(line + n, sizeof line - (size_t)n - 1, format, arguments);
    va_end(arguments);
    if (n > (int)sizeof line - 2) n = (int)sizeof line - 2;
    line[n++] = '\n';
    if (write(2, line, (size_t)n) < 0) abort();
    abort();
}

cudaError_t note(cudaError_t error)
{
    if (error) last_error = error;
    return error;
}

call::call(int device)
{
    mutex.lock();
    outer = active;
    active = device;
    ++depth;
    open_memory(device);
}

call::~call()
{
    active = outer;
    if (--depth)
        open_memory(active);
    else
        close_memory();
    mutex.unlock();
}

int active_device() { return active; }
int current_device() { return device_of_thread; }

int device_count()
{
    static const char *text = getenv("CUEMU_DEVICES");
    return text ? atoi(text) : 1;
}

bool can_reach(int device, int owner)
{
    return device == owner || device == ALL_DEVICES || peers.count({device, owner});
}

} // namespace cuemu

using namespace cuemu;

static bool is_device(int d) { return d >= 0 && d < device_count(); }

static int driver_version()
{
    const char *text = getenv("CUEMU_DRIVER");
    return !device_count() ? 0 : text ? atoi(text) : CUDART_VERSION;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    *count = 0;
    if (device_count() && driver_version() / 1000 < CUDART_VERSION / 1000) return note(cudaErrorInsufficientDriver);
    *count = device_count();
    return note(*count ? cudaSuccess : cudaErrorNoDevice);
}

cudaError_t cudaGetDevice(int *device)
{
    *device = device_of_thread;
    return note(device_count() ? cudaSuccess : cudaErrorNoDevice);
}

cudaError_t cudaSetDevice(int device)
{
    if (!device_count()) return note(cudaErrorNoDevice);
    if (!is_device(device)) return note(cudaErrorInvalidDevice);
    device_of_thread = device;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int device)
{
    if (!is_device(device)) return note(cudaErrorInvalidDevice);
    memset(p, 0, sizeof *p);
    snprintf(p->name, sizeof p->name, "emulated device %d", device);
    size_t available;
    cudaMemGetInfo(&available, &p->totalGlobalMem);
    p->sharedMemPerBlock = 48 << 10;
    p->sharedMemPerBlockOptin = 227 << 10;
    p->sharedMemPerMultiprocessor = 228 << 10;
    p->regsPerBlock = 65536;
    p->warpSize = 32;
    p->maxThreadsPerBlock = p->maxThreadsDim[0] = p->maxThreadsDim[1] = 1024;
    p->maxThreadsDim[2] = 64;
    p->maxGridSize[0] = 0x7fffffff;
    p->maxGridSize[1] = p->maxGridSize[2] = 65535;
    p->major = 9;
    p->multiProcessorCount = 4;
    p->maxThreadsPerMultiProcessor = 2048;
    p->unifiedAddressing = 1;
    p->pciBusID = device;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device)
{
    cudaDeviceProp p;
    cudaError_t status = cudaGetDeviceProperties(&p, device);
    if (status != cudaSuccess) return status;
    if (attribute == cudaDevAttrMultiProcessorCount)
        *value = p.multiProcessorCount;
    else if (attribute == cudaDevAttrMaxSharedMemoryPerBlockOptin)
        *value = (int)p.sharedMemPerBlockOptin;
    else
        return note(cudaErrorInvalidValue);
    return cudaSuccess;
}

cudaError_t cudaDeviceCanAccessPeer(int *can, int device, int peer)
{
    if (!is_device(device) || !is_device(peer)) return note(cudaErrorInvalidDevice);
    *can = device != peer;
    return cudaSuccess;
}

cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned)
{
    call in(current_device());
    if (!is_device(peer) || peer == current_device()) return note(cudaErrorInvalidDevice);
    return note(peers.insert({current_device(), peer}).second ? cudaSuccess : cudaErrorPeerAccessAlreadyEnabled);
}

cudaError_t cudaDeviceDisablePeerAccess(int peer)
{
    call in(current_device());
    return note(peers.erase({current_device(), peer}) ? cudaSuccess : cudaErrorPeerAccessNotEnabled);
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = driver_version();
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = CUDART_VERSION;
    return cudaSuccess;
}

cudaError_t cudaPeekAtLastError(void) { return last_error; }

cudaError_t cudaGetLastError(void)
{
    cudaError_t e = last_error;
    last_error = cudaSuccess;
    return e;
}

static const struct {
    cudaError_t error;
    const char *name, *text;
} ERRORS[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {cudaErrorInvalidMemcpyDirection, "cudaErrorInvalidMemcpyDirection", "invalid copy direction for memcpy"},
    {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
     "CUDA driver version is insufficient for CUDA runtime version"},
    {cudaErrorInvalidDeviceFunction, "cudaErrorInvalidDeviceFunction", "invalid device function"},
    {cudaErrorNoKernelImageForDevice, "cudaErrorNoKernelImageForDevice",
     "no kernel image is available for execution on the device"},
    {cudaErrorUnsupportedPtxVersion, "cudaErrorUnsupportedPtxVersion",
     "the provided PTX was compiled with an unsupported toolchain."},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorPeerAccessAlreadyEnabled, "cudaErrorPeerAccessAlreadyEnabled", "peer access is already enabled"},
    {cudaErrorPeerAccessNotEnabled, "cudaErrorPeerAccessNotEnabled", "peer access has not been enabled"},
    {cudaErrorNotSupported, "cudaErrorNotSupported", "operation not supported"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
    {cudaErrorStreamCaptureImplicit, "cudaErrorStreamCaptureImplicit",
     "operation would make the legacy stream depend on a capturing blocking stream"},
};

const char *cudaGetErrorName(cudaError_t error)
{
    for (auto &e : ERRORS)
        if (e.error == error) return e.name;
    return "cudaErrorUnknown";
}

const char *cudaGetErrorString(cudaError_t error)
{
    for (auto &e : ERRORS)
        if (e.error == error) return e.text;
    return "unknown error";
}
