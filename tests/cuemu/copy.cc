/*
copy.cc - copies and fills, each checked for direction and range.
*/
#include <string.h>
#include "emu.h"

using namespace cuemu;

static bool from_device(cudaMemcpyKind k) { return k == cudaMemcpyDeviceToHost || k == cudaMemcpyDeviceToDevice; }
static bool to_device(cudaMemcpyKind k) { return k == cudaMemcpyHostToDevice || k == cudaMemcpyDeviceToDevice; }

static cudaMemcpyKind resolve(void *to, const void *from, cudaMemcpyKind kind)
{
    if (kind != cudaMemcpyDefault) return kind;
    return find_allocation(from) ? find_allocation(to) ? cudaMemcpyDeviceToDevice : cudaMemcpyDeviceToHost
           : find_allocation(to) ? cudaMemcpyHostToDevice
                                 : cudaMemcpyHostToHost;
}

static void check(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, const char *call)
{
    std::string source = std::string(call) + ", source", target = std::string(call) + ", target";
    if (from_device(kind))
        check_device_pointer(ALL_DEVICES, from, bytes, source.c_str());
    else
        check_host_pointer(from, source.c_str());
    if (to_device(kind))
        check_device_pointer(ALL_DEVICES, to, bytes, target.c_str());
    else
        check_host_pointer(to, target.c_str());
}

/* The copy itself, now or later; inside it all devices are accessible. */
static void copy(void *to, const void *from, size_t bytes)
{
    call in(ALL_DEVICES);
    memmove(to, from, bytes);
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind)
{
    call in(ALL_DEVICES);
    if (!bytes) return cudaSuccess;
    if (cudaError_t e = refuse_in_capture()) return note(e);
    check(to, from, bytes, resolve(to, from, kind), "cudaMemcpy");
    return note(submit(nullptr, {CUEMU_COPY, "cudaMemcpy", bytes}, [=] { copy(to, from, bytes); }));
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream)
{
    call in(stream_device(stream));
    if (!bytes) return cudaSuccess;
    kind = resolve(to, from, kind);
    check(to, from, bytes, kind, "cudaMemcpyAsync");
    cudaError_t e = note(submit(stream, {CUEMU_COPY, "cudaMemcpyAsync", bytes}, [=] { copy(to, from, bytes); }));
    // Memory that isn't pinned has been read or written when the call returns.
    cudaStreamCaptureStatus capturing;
    cudaStreamIsCapturing(stream, &capturing);
    bool pageable = (!from_device(kind) && !is_pinned(from)) || (!to_device(kind) && !is_pinned(to));
    if (!e && pageable && capturing == cudaStreamCaptureStatusNone) return cudaStreamSynchronize(stream);
    return e;
}

cudaError_t cudaMemcpyPeerAsync(void *to, int to_device, const void *from, int from_device, size_t bytes,
                                cudaStream_t stream)
{
    call in(stream_device(stream));
    if (!bytes) return cudaSuccess;
    check(to, from, bytes, cudaMemcpyDeviceToDevice, "cudaMemcpyPeerAsync");
    if (find_allocation(to)->device != to_device || find_allocation(from)->device != from_device)
        fail("cudaMemcpyPeerAsync: target on device %d, not %d, or source on device %d, not %d",
             find_allocation(to)->device, to_device, find_allocation(from)->device, from_device);
    return note(submit(stream, {CUEMU_COPY, "cudaMemcpyPeerAsync", bytes}, [=] { copy(to, from, bytes); }));
}

cudaError_t cudaMemcpyPeer(void *to, int to_device, const void *from, int from_device, size_t bytes)
{
    return cudaMemcpyPeerAsync(to, to_device, from, from_device, bytes, nullptr);
}

cudaError_t cudaMemsetAsync(void *p, int value, size_t bytes, cudaStream_t stream)
{
    call in(stream_device(stream));
    if (!bytes) return cudaSuccess;
    check_device_pointer(stream_device(stream), p, bytes, "cudaMemset");
    return note(submit(stream, {CUEMU_FILL, "cudaMemsetAsync", bytes}, [=] { memset(p, value, bytes); }));
}

cudaError_t cudaMemset(void *p, int value, size_t bytes) { return cudaMemsetAsync(p, value, bytes, nullptr); }
