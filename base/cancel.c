#include "base/cancel.h"
#include "base/clock.h"

#define PAUSE .05 // seconds

static struct {
    int (*ask)(void *context);
    void *context;
    double next; // when to ask again
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

int ask_cancel(void)
{
    if (!cancel.ask || is_cancelled()) return is_cancelled();
    if (monotonic_seconds() < cancel.next) return 0;
    int yes = cancel.ask(cancel.context) != 0;
    cancel.next = monotonic_seconds() + PAUSE;
    __atomic_store_n(&cancel.yes, yes, __ATOMIC_RELAXED);
    return yes;
}
