/*
faults.c - a library for LD_PRELOAD that makes one call of a program fail, or kills the program there.
tests/test_faults.c uses it.

    FAULT="call number errno times"    call   fwrite, fsync, fclose, rename, link, malloc (with calloc and realloc), or flock,
                                              before which the file is removed
                                       number from 1; of fwrite and fclose only those on files that are written
                                       count, not 0, 1, 2; of malloc only those after the first fopen
                                       errno  a number; 0: fwrite writes half and says so; -9: the process is killed there;
                                       another -N: signal N comes, and the call is made
                                       times  1: that call; 0: that call and all after it
    FAULT_SEEN=file                    is made when the call was reached
    CLOCK_JUMP=seconds                 the wall clock is set by so much half a second after its first reading
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct {
    int read, number, code, once, count, opened, ending;
    char call[16];
} plan;

static void read_plan(void)
{
    const char *text = getenv("FAULT");
    plan.read = 1;
    if (!text || sscanf(text, "%15s %d %d %d", plan.call, &plan.number, &plan.code, &plan.once) != 4) plan.call[0] = 0;
}

/* Is it this call's turn? */
static int strikes(const char *call)
{
    if (!plan.read) read_plan();
    if (strcmp(call, plan.call) || (plan.ending && !strcmp(call, "malloc"))) return 0;
    int at = __atomic_add_fetch(&plan.count, 1, __ATOMIC_SEQ_CST);
    if (at < plan.number || (plan.once && at > plan.number)) return 0;
    if (at == plan.number && getenv("FAULT_SEEN")) {
        int fd = open(getenv("FAULT_SEEN"), O_WRONLY | O_CREAT, 0666);
        if (fd >= 0) close(fd);
    }
    if (plan.code < 0) {
        raise(-plan.code);
        return 0;
    }
    errno = plan.code ? plan.code : ENOSPC;
    return 1;
}

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

/* A file of counts, which a program built with COVERAGE=1 writes at exit. */
static int is_count(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path);
    return n > 5 && !memcmp(path + n - 5, ".gcda", 5);
}

/* A program built with COVERAGE=1 does not check its allocations at exit. */
void exit(int status)
{
    plan.ending = 1;
    REAL(exit)(status);
    __builtin_unreachable();
}

static int is_written(FILE *f)
{
    int fd = fileno(f);
    return fd > 2 && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY && !is_count(fd);
}

FILE *fopen(const char *path, const char *mode)
{
    FILE *f = REAL(fopen)(path, mode);
    plan.opened = 1;
    return f;
}

size_t fwrite(const void *data, size_t size, size_t n, FILE *f)
{
    if (is_written(f) && strikes("fwrite")) return plan.code ? 0 : REAL(fwrite)(data, size, n / 2, f);
    return REAL(fwrite)(data, size, n, f);
}

int fsync(int fd) { return strikes("fsync") ? -1 : REAL(fsync)(fd); }

int fclose(FILE *f)
{
    int fails = is_written(f) && strikes("fclose"), why = errno, result = REAL(fclose)(f);
    if (fails) errno = why;
    return fails ? EOF : result;
}

int rename(const char *from, const char *to) { return strikes("rename") ? -1 : REAL(rename)(from, to); }

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    return strikes("link") ? -1 : REAL(linkat)(from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to) { return strikes("link") ? -1 : REAL(link)(from, to); }

int flock(int fd, int how)
{
    char link[64], path[4096];
    if (strikes("flock")) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof path - 1);
        if (n > 0) path[n] = 0, unlink(path);
    }
    return REAL(flock)(fd, how);
}

static long jump(void)
{
    static double start;
    const char *by = getenv("CLOCK_JUMP");
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    double now = t.tv_sec + t.tv_nsec * 1e-9;
    if (!start) start = now;
    return by && now - start > .5 ? atol(by) : 0;
}

int gettimeofday(struct timeval *to, void *zone)
{
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *to = (struct timeval){t.tv_sec + jump(), t.tv_nsec / 1000};
    return 0;
}

/* The C library's own, since dlsym itself allocates. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *malloc(size_t n) { return plan.opened && strikes("malloc") ? 0 : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return plan.opened && strikes("malloc") ? 0 : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return plan.opened && strikes("malloc") ? 0 : __libc_realloc(p, n); }
