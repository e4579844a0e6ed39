/*
background.c - see background.h.
*/
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "tests/background.h"

static void wait_5_ms(void) { nanosleep(&(struct timespec){0, 5000000}, 0); }

const char *long_cfg(int iterations)
{
    static char path[256];
    static run_result r;
    strcpy(path, scratch("long.cfg"));
    run_command(&r, "sed 's/max_batches=24/max_batches=%d/' %s >%s", iterations, tiny_cfg(), path);
    assert_int_equal(r.status, 0);
    return path;
}

pid_t start_training(const char *file, const char *before, const char *arguments)
{
    static char command[4096];
    snprintf(command, sizeof command, "%s exec %s pixelcnn train >%s.out 2>%s </dev/null %s", before, darknet(), file,
             file, arguments);
    remove(file);
    fflush(0);
    pid_t child = fork();
    if (child) return child;
    for (int i = 1; i < 32; ++i) signal(i, SIG_DFL);
    execl("/bin/sh", "sh", "-c", command, (char *)0);
    _exit(127);
}

void wait_for(const char *file, const char *text)
{
    static run_result r;
    for (int ms = 0; ms < 30000; ms += 5, wait_5_ms()) {
        run_command(&r, "grep -q -e '%s' %s", text, file);
        if (!r.status) return;
    }
    fail_msg("%s: no '%s'", file, text);
}

int wait_for_end(pid_t child)
{
    int status;
    for (int ms = 0; ms < 30000; ms += 5, wait_5_ms())
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    fail_msg("it does not end");
    return -1;
}
