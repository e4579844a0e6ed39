#include <time.h>
#include "base/cancel.h"

enum { PAUSE_MS = 50 };

static struct {
    int (*ask)(void *context);
    void *context;
    double next; // ms: when to ask again
    int yes;
} cancel;

void set_cancel(int (*ask)(void *context), void *context)
{
    cancel.ask = ask;
    cancel.context = context;
    cancel.next = 0;
    __atomic_store_n(&cancel.yes, 0, __ATOMIC_RELAXED);
}

int is_cancelled(void) { return __atomic_load_n(&cancel.yes, __ATOMIC_RELAXED); }

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int ask_cancel(void)
{
    if (!cancel.ask || is_cancelled()) return is_cancelled();
    double now = now_ms();
    if (now < cancel.next) return 0;
    int yes = cancel.ask(cancel.context) != 0;
    cancel.next = now_ms() + PAUSE_MS;
    __atomic_store_n(&cancel.yes, yes, __ATOMIC_RELAXED);
    return yes;
}
