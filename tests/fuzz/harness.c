/*
harness.c - the frame of every fuzz target. See harness.h.
*/
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "base/errors.h"
#include "tests/fuzz/harness.h"
#include "tests/fuzz/outstanding.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options(void);

/* A small quarantine and short stacks of allocations: several times as fast. */
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=6:allocator_may_return_null=1:detect_leaks=0";
}

static int messages = 2; // a copy of stderr
static double slowest;
double time_limit = 1;

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vdprintf(messages, format, args);
    va_end(args);
}

static void report(void) { say("slowest attempt: %.0f ms\n", 1e3 * slowest); }

static double seconds(clockid_t of)
{
    struct timespec t;
    clock_gettime(of, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double wall, processor; // seconds, when the processor time was last asked for

static void ask_time(void)
{
    wall = seconds(CLOCK_MONOTONIC);
    processor = seconds(CLOCK_THREAD_CPUTIME_ID);
}

/* Where libFuzzer sends what is printed to nowhere, it need not go there piece by piece. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static char buffer[1 << 16];
    for (int i = 1; i < *argc; ++i)
        if (!strcmp((*argv)[i], "-close_fd_mask=3")) setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
    messages = dup(2);
    atexit(report);
    prepare();
    keep_all();
    ask_time();
    return 0;
}

/* The limit is one of processor time: by wall time, inputs would fail when the machine is busy with other work.
   But asking for it is a system call, which takes a quarter of the time of many inputs. So it is asked for once
   per half a limit of wall time, and after an input whose wall time exceeded the limit: an input uses no more
   processor time than wall time. */
static void check_time(double start)
{
    double took = seconds(CLOCK_MONOTONIC) - start, before = start - wall, used = processor;
    if (took > slowest) slowest = took;
    if (before < time_limit / 2 && took < time_limit) return;
    ask_time();
    promise(took < time_limit || processor - used - before < time_limit, "an input takes no more time than it may");
}

int attempt(void (*body)(void *), void *argument)
{
    double start = seconds(CLOCK_MONOTONIC);
    caught_error r;
    int returned = !catch_die(body, argument, &r);
    if (!returned) fprintf(stderr, "%s\n", r.message);
    stderr_line_open = 0;
    check_time(start);
    if (!returned) release_all();
    return returned;
}

void promise(int held, const char *what)
{
    if (held) return;
    say("broken promise: %s\n", what);
    abort();
}

const char *as_file(const void *data, size_t bytes)
{
    static int fd;
    static char path[64];
    if (!fd) {
        fd = memfd_create("input", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, bytes, 0) != (ssize_t)bytes) abort();
    return path;
}

dice dice_of(unsigned seed) { return (dice){seed * 0x9e3779b97f4a7c15u + 1}; }

unsigned roll(dice *d, unsigned n)
{
    d->state ^= d->state << 13;
    d->state ^= d->state >> 7;
    d->state ^= d->state << 17;
    return (d->state >> 32) % n;
}
