/*
call.c - see call.h.

The linker redirects `stderr` and `rand` in all objects of the library to __wrap_stderr and __wrap_rand, as it
does for memory (ledger.h). So Darknet's output while it builds layers is discarded, and the calling program's
random numbers are not disturbed.
*/
#define _GNU_SOURCE
#include <locale.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arithmetic.h"
#include "base/cancel.h"
#include "base/errors.h"
#include "base/threads.h"
#include "darknet.h"
#include "library/call.h"
#include "library/ledger.h"

extern FILE *__real_stderr;
FILE *__wrap_stderr;
int __wrap_rand(void);

static pthread_mutex_t one_call = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local caught_error last;
static _Thread_local int in_call;
static int verbose, threads;
static _Atomic pid_t owner; // the process that made the first call; 0: no call yet

/* Used only for initial weights, which loaded weights replace. */
int __wrap_rand(void)
{
    static unsigned state;
    return rand_r(&state);
}

static ssize_t swallow(void *cookie, const char *text, size_t n)
{
    (void)cookie;
    (void)text;
    return n;
}

/* A stream that discards its output without opening a file; NULL: out of memory. */
static FILE *nowhere(void)
{
    static FILE *stream;
    if (!stream) stream = fopencookie(0, "w", (cookie_io_functions_t){.write = swallow});
    return stream;
}

static int run(void (*body)(void *), void *argument)
{
    __wrap_stderr = verbose ? __real_stderr : nowhere();
    if (!__wrap_stderr) {
        last.status = 1;
        strcpy(last.message, "out of memory");
        return -1;
    }
    gpu_index = -1;
    set_cancel(0, 0);
    fenv_t callers = default_arithmetic();
    locale_t users = uselocale(newlocale(LC_ALL_MASK, "C", 0));
    int users_threads = use_threads(threads);
    caught_error caught; // not `last`, where a callback's own call may fail
    int failed = catch_die(body, argument, &caught);
    if (failed) last = caught;
    (failed ? ledger_release : ledger_keep)();
    use_threads(users_threads);
    uselocale(users);
    restore_arithmetic(&callers);
    stderr_line_open = 0;
    return failed == CANCELLED ? -CANCELLED : -(failed != 0);
}

void call_failed(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    last.status = 1;
    vsnprintf(last.message, sizeof last.message, format, args);
    va_end(args);
}

static int is_forked(void)
{
    pid_t first = atomic_load(&owner);
    return first && first != getpid();
}

int library_call(void (*body)(void *), void *argument)
{
    if (is_forked()) {
        call_failed("this process was forked from one that had used libpixelcnn, whose threads do not exist here: fork "
                    "before the first call, or start another program (exec; in Python: multiprocessing's \"spawn\")");
        return -1;
    }
    if (in_call) {
        call_failed("a cancel callback must not call the library");
        return -1;
    }
    atomic_store(&owner, getpid());
    pthread_mutex_lock(&one_call);
    in_call = 1;
    int failed = run(body, argument);
    in_call = 0;
    pthread_mutex_unlock(&one_call);
    return failed;
}

const char *call_error(void) { return last.message; }

static void set(int *what, int value)
{
    if (is_forked() || in_call) return;
    pthread_mutex_lock(&one_call);
    *what = value;
    pthread_mutex_unlock(&one_call);
}

void call_verbose(int on) { set(&verbose, on); }
void call_threads(int n) { set(&threads, n); }
