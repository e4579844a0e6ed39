#include <signal.h>
#include <unistd.h>
#include "base/signals.h"
#include "base/temporary_files.h"

static const struct {
    int number;
    const char *name;
} ends[] = {{SIGINT, "SIGINT"},   {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"},   {SIGQUIT, "SIGQUIT"},
            {SIGXCPU, "SIGXCPU"}, {SIGUSR2, "SIGUSR2"}, {SIGALRM, "SIGALRM"}, {SIGVTALRM, "SIGVTALRM"},
            {SIGPWR, "SIGPWR"},   {SIGPIPE, "SIGPIPE"}};
enum { ENDS = sizeof ends / sizeof *ends };

static volatile sig_atomic_t stop, save, stoppable;

static int is_from_terminal(int number) { return number == SIGINT || number == SIGQUIT; }

/* Removes the temporary files and takes the default action. */
static void end_now(int number)
{
    sigset_t only;
    remove_temporaries();
    signal(number, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, 0);
    raise(number);
    _exit(128 + number);
}

static void on_end(int number)
{
    if (!stoppable) end_now(number);
    if (!stop) {
        stop = number;
    } else if (is_from_terminal(number) && is_from_terminal(stop)) {
        remove_temporaries();
        _exit(128 + number);
    }
}

static void on_save(int number)
{
    (void)number;
    save = 1;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction a = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&a.sa_mask);
    sigaction(number, &a, 0);
}

void clean_up_on_signals(void)
{
    for (int i = 0; i < ENDS; ++i) {
        struct sigaction before;
        if (!sigaction(ends[i].number, 0, &before) && before.sa_handler == SIG_DFL) handle(ends[i].number, on_end);
    }
    signal(SIGXFSZ, SIG_IGN);
}

void catch_signals(void)
{
    handle(SIGUSR1, on_save);
    signal(SIGPIPE, SIG_IGN);
}

void stop_on_signals(void) { stoppable = 1; }

int stop_signal(void) { return stop; }

const char *signal_name(int number)
{
    for (int i = 0; i < ENDS; ++i)
        if (ends[i].number == number) return ends[i].name;
    return "signal";
}

int take_save_signal(void)
{
    int taken = save;
    save = 0;
    return taken;
}
