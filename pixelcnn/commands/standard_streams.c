/*
standard_streams.c - see standard_streams.h.

A new file gets the lowest free descriptor: a log could become standard error. So /dev/null takes the free
ones before anything else runs, constructors of libraries included. As standard output it is read-only:
printing fails, as it does for other programs whose output is closed, instead of vanishing.
*/
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/errors.h"
#include "pixelcnn/commands/standard_streams.h"

/* Runs before the C library and a sanitizer are ready: system calls only. */
__attribute__((no_sanitize("address", "thread", "undefined"))) static void open_free_descriptors(void)
{
    static const int flags[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; ++fd)
        if (syscall(SYS_fcntl, fd, F_GETFD) < 0) syscall(SYS_openat, AT_FDCWD, "/dev/null", flags[fd]);
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(void) = open_free_descriptors;

void need_stdout(const char *command, int result)
{
    struct pollfd p = {.fd = STDOUT_FILENO};
    int flags = fcntl(STDOUT_FILENO, F_GETFL), closed = flags < 0 || (flags & O_ACCMODE) == O_RDONLY;
    if (closed && result) die("pixelcnn %s: standard output is closed, but the result goes there", command);
    if (closed && !freopen("/dev/null", "w", stdout)) die("/dev/null: cannot open: %s", strerror(errno));
    if (result && poll(&p, 1, 0) == 1 && p.revents & POLLERR)
        die("pixelcnn %s: standard output is a pipe that nobody reads, but the result goes there", command);
}

void finish_stdout(const char *command)
{
    int failed_before = ferror(stdout), failed = fflush(stdout);
    if (failed) die("pixelcnn %s: standard output: %s", command, strerror(errno));
    if (failed_before) die("pixelcnn %s: standard output: cannot write all of it", command);
}
