/*
signals.c - see signals.h.
*/
#include <signal.h>
#include <unistd.h>
#include "signals.h"

static volatile sig_atomic_t stop, save;

static void on_signal(int number)
{
    if (number == SIGUSR1)
        save = 1;
    else if (number == SIGINT && stop == SIGINT)
        _exit(128 + SIGINT);
    else
        stop = number;
}

void catch_signals(void)
{
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&a.sa_mask);
    sigaction(SIGTERM, &a, 0);
    sigaction(SIGINT, &a, 0);
    sigaction(SIGUSR1, &a, 0);
}

int stop_signal(void) { return stop; }

int take_save_signal(void)
{
    int taken = save;
    save = 0;
    return taken;
}
