#include <errno.h>
#include <pty.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/terminal.h"

void run_on_terminal(run_result *r, int columns, const char *command)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    size_t n = 0;
    ssize_t got;
    int master, status;
    fflush(0);
    pid_t child = forkpty(&master, 0, 0, &size);
    assert_true(child >= 0);
    if (!child) {
        execl("/bin/sh", "sh", "-c", command, (char *)0);
        _exit(127);
    }
    while ((got = read(master, r->out + n, sizeof r->out - 1 - n)) > 0 || (got < 0 && errno == EINTR))
        n += got > 0 ? got : 0;
    r->out[n] = 0;
    close(master);
    assert_int_equal(waitpid(child, &status, 0), child);
    r->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Columns of a text in UTF-8. */
static int columns_of(const char *text, size_t bytes)
{
    int n = 0;
    for (size_t i = 0; i < bytes; ++i) n += (text[i] & 0xc0) != 0x80;
    return n;
}

int bars_in(const char *text, int columns, char *last)
{
    int n = 0;
    for (const char *at = text, *end; (end = strstr(at, "\033[K")); at = end + 3) {
        const char *start = end;
        while (start > at && start[-1] != '\r' && start[-1] != '\n') --start;
        if (start == end) continue; // erased, for a message
        assert_true(start > text && start[-1] == '\r');
        assert_true(columns_of(start, end - start) < columns);
        sprintf(last, "%.*s", (int)(end - start), start);
        ++n;
    }
    return n;
}
