/*
emu.h - what the emulator's files share.
*/
#pragma once
#if __has_include(<bits/std_function.h>)
#include <bits/std_function.h> // all that is needed of <functional>, which takes a third of a second to compile
#else
#include <functional>
#endif
#include <string>
#include <vector>
#include "cuda_runtime.h"

namespace cuemu {

/* Ends the program with one line that starts with "cuemu: ": the program under test has a bug. */
[[noreturn]] void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For cudaGetLastError: remembers an error of this host thread, and returns it. */
cudaError_t note(cudaError_t error);

/* One emulated call: only one thread is in one at a time, and inside it the device memory is accessible. */
struct call {
    explicit call(int device);
    ~call();
    int outer;
};
const int ALL_DEVICES = -1;
int active_device(); // of the innermost call

/* devices.cc */
int device_count();
int current_device();
/* Whether the device, or ALL_DEVICES, may touch memory of the owner. */
bool can_reach(int device, int owner);

/* memory.cc. The caller's description goes into the message of a failed check: "kernel x (a.cu:3), argument 2". */
struct allocation {
    int device;
    char *data;
    size_t bytes;
    bool freed;
};
void open_memory(int device);
void close_memory();
const allocation *find_allocation(const void *p);
void check_device_pointer(int device, const void *p, size_t bytes, const char *user);
void check_host_pointer(const void *p, const char *user);
void check_canaries(const char *user);
bool is_pinned(const void *p);
/* pages.cc: memory that nothing has written. */
void fill_nan(void *p, size_t bytes);

/* launch.cc: the position of the running thread; nothing outside kernels. Returns whether a kernel runs. */
bool describe_thread(char *text, size_t size);
bool in_kernel();
unsigned number_of_this_thread(); // in its block

/* pipeline.cc: a block of so many threads starts. */
void forget_copies(size_t threads);

/* log.cc: what a device is given to do, for cuemu_count and CUEMU_LOG. Events and waits are not operations. */
struct device_work {
    cuemu_kind kind;
    const char *what; // the kernel, or the call
    size_t bytes;     // of a copy or a fill
    int batch = 1;    // products of a call
};
void count_operation(const device_work &o);

/* stream.cc: does the work of one asynchronous call: at once, later, or in a graph's launch if the stream is
   captured. An operation is counted, unless it is captured. */
int stream_device(cudaStream_t stream);
cudaError_t submit(cudaStream_t stream, const device_work &o, std::function<void()> work);
cudaError_t submit(cudaStream_t stream, std::function<void()> work);
/* An error if the call is not allowed while a stream is captured. */
cudaError_t refuse_in_capture();
/* Waits for all streams of the device, or of ALL_DEVICES. */
void finish_streams(int device);

} // namespace cuemu
