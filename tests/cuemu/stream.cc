/*
stream.cc - streams, events, captured graphs.

Asynchronous work happens at once or, with CUEMU_STREAMS=late, as late as the calls allow: when something waits for its stream.
CPU code or a stream that should have waited then finds the old data.
*/
#include <chrono>
#include <deque>
#include <memory>
#include <set>
#include <stdlib.h>
#include <string.h>
#include <thread>
#include "emu.h"

typedef std::function<void()> work;

struct cuemu_stream {
    int device;
    bool blocking;
    std::deque<work> queue;
    cuemu_graph *capture;
    cudaStreamCaptureMode mode;
    std::thread::id capturing; // the thread that began the capture
};

struct cuemu_graph {
    std::vector<work> works;
    bool invalid;
};

/* One record of an event, which may be recorded again while something still waits for this one. */
struct moment {
    cudaStream_t stream;
    bool passed;
    double milliseconds;
};

struct cuemu_event {
    std::shared_ptr<moment> last;
    cuemu_graph *capture;
};

namespace cuemu {

static std::set<cudaStream_t> streams;

static bool late()
{
    static const char *text = getenv("CUEMU_STREAMS");
    return text && !strcmp(text, "late");
}

int stream_device(cudaStream_t s)
{
    if (s && !streams.count(s)) fail("a stream that was destroyed or never created is used");
    return s ? s->device : current_device();
}

static void run(int device, const work &w)
{
    call in(device);
    w();
}

static void finish(cudaStream_t s)
{
    while (!s->queue.empty()) {
        work w = std::move(s->queue.front());
        s->queue.pop_front();
        run(s->device, w);
    }
}

void finish_streams(int device)
{
    for (cudaStream_t s : streams)
        if (device == ALL_DEVICES || s->device == device) finish(s);
}

/* A capture in mode global forbids all threads calls that might make the legacy stream wait, one in mode
   thread-local only the thread that began it. */
cudaError_t refuse_in_capture()
{
    for (cudaStream_t s : streams)
        if (s->capture && (s->mode == cudaStreamCaptureModeGlobal ||
                           (s->mode == cudaStreamCaptureModeThreadLocal && s->capturing == std::this_thread::get_id()))) {
            s->capture->invalid = true;
            return cudaErrorStreamCaptureUnsupported;
        }
    return cudaSuccess;
}

cudaError_t submit(cudaStream_t s, const device_work &o, work w)
{
    if (!s || !s->capture) count_operation(o);
    return submit(s, std::move(w));
}

cudaError_t submit(cudaStream_t s, work w)
{
    if (s && s->capture) {
        if (getenv("CUEMU_NO_CAPTURE")) {
            s->capture->invalid = true;
            return cudaErrorStreamCaptureUnsupported;
        }
        s->capture->works.push_back(std::move(w));
        return cudaSuccess;
    }
    if (!s) {
        for (cudaStream_t other : streams) {
            if (other->device != current_device() || !other->blocking) continue;
            if (other->capture) {
                other->capture->invalid = true;
                return cudaErrorStreamCaptureImplicit;
            }
            finish(other);
        }
        run(current_device(), w);
    } else if (late())
        s->queue.push_back(std::move(w));
    else
        run(s->device, w);
    return cudaSuccess;
}

static double now()
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static void finish(const std::shared_ptr<moment> &m)
{
    while (m && !m->passed && m->stream && !m->stream->queue.empty()) {
        work w = std::move(m->stream->queue.front());
        m->stream->queue.pop_front();
        run(m->stream->device, w);
    }
}

} // namespace cuemu

using namespace cuemu;

cudaError_t cudaStreamCreate(cudaStream_t *s) { return cudaStreamCreateWithFlags(s, cudaStreamDefault); }

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *s, unsigned flags)
{
    call in(current_device());
    *s = new cuemu_stream{current_device(), !(flags & cudaStreamNonBlocking), {}, nullptr, cudaStreamCaptureModeGlobal, {}};
    streams.insert(*s);
    return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t s)
{
    call in(stream_device(s));
    finish(s);
    streams.erase(s);
    delete s;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t s)
{
    call in(stream_device(s));
    if (s && s->capture) s->capture->invalid = true;
    if (s && s->capture) return note(cudaErrorStreamCaptureUnsupported);
    if (s)
        finish(s);
    else
        return note(submit(nullptr, [] {}));
    return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t s)
{
    call in(stream_device(s));
    return s && !s->queue.empty() ? cudaErrorNotReady : cudaSuccess;
}

cudaError_t cudaDeviceSynchronize(void)
{
    call in(current_device());
    if (cudaError_t e = refuse_in_capture()) return note(e);
    finish_streams(current_device());
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *e) { return cudaEventCreateWithFlags(e, cudaEventDefault); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *e, unsigned)
{
    *e = new cuemu_event{};
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t e)
{
    delete e;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t s)
{
    call in(stream_device(s));
    e->capture = s ? s->capture : nullptr;
    if (e->capture) return cudaSuccess; // what is captured keeps the order in which it was
    std::shared_ptr<moment> m = std::make_shared<moment>(moment{s, false, 0});
    e->last = m;
    return note(submit(s, [m] {
        m->passed = true;
        m->milliseconds = now();
    }));
}

cudaError_t cudaStreamWaitEvent(cudaStream_t s, cudaEvent_t e, unsigned)
{
    call in(stream_device(s));
    if (e->capture) {
        if (!s) return note(cudaErrorStreamCaptureImplicit);
        s->capture = e->capture; // the stream is captured too, from here on
        return cudaSuccess;
    }
    if (!e->last) return cudaSuccess;
    return note(submit(s, [m = e->last] { finish(m); }));
}

cudaError_t cudaEventSynchronize(cudaEvent_t e)
{
    call in(current_device());
    if (e->capture) return note(cudaErrorStreamCaptureUnsupported);
    finish(e->last);
    return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t e)
{
    call in(current_device());
    return e->last && !e->last->passed ? cudaErrorNotReady : cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end)
{
    call in(current_device());
    if (!start->last || !end->last) return note(cudaErrorInvalidResourceHandle);
    if (!start->last->passed || !end->last->passed) return note(cudaErrorNotReady);
    *milliseconds = (float)(end->last->milliseconds - start->last->milliseconds);
    return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t s, cudaStreamCaptureMode mode)
{
    call in(stream_device(s));
    if (!s) return note(cudaErrorStreamCaptureUnsupported);
    s->capture = new cuemu_graph{};
    s->mode = mode;
    s->capturing = std::this_thread::get_id();
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t s, cudaGraph_t *graph)
{
    call in(stream_device(s));
    *graph = nullptr;
    if (!s || !s->capture) return note(cudaErrorInvalidValue);
    cudaGraph_t g = s->capture;
    for (cudaStream_t other : streams)
        if (other->capture == g) other->capture = nullptr;
    if (g->invalid) {
        delete g;
        return note(cudaErrorStreamCaptureInvalidated);
    }
    *graph = g;
    return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t s, cudaStreamCaptureStatus *status)
{
    call in(stream_device(s));
    *status = !s || !s->capture     ? cudaStreamCaptureStatusNone
              : s->capture->invalid ? cudaStreamCaptureStatusInvalidated
                                    : cudaStreamCaptureStatusActive;
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long)
{
    *exec = new cuemu_graph(*graph);
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t s)
{
    call in(stream_device(s));
    return note(submit(s, {CUEMU_GRAPH, "cudaGraphLaunch", 0}, [exec] {
        for (const work &w : exec->works) w();
    }));
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    call in(current_device());
    finish_streams(ALL_DEVICES);
    delete exec;
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    return cudaSuccess;
}
