#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/temporary_files.h"

enum { SLOTS = 8, NAME_BYTES = 4200, DIGITS = 16, MOST_PID_DIGITS = 10 };
enum { FREE, TAKEN, NOTED };

static struct {
    char name[NAME_BYTES];
    int state;
} slots[SLOTS];

int make_temporary_name(const char *path, char *name, int size)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random) return 1;
    if (snprintf(name, size, "%s.tmp.%016llx", path, (unsigned long long)random) < size) return 0;
    errno = ENAMETOOLONG;
    return 1;
}

int note_temporary(const char *name)
{
    if (strlen(name) >= NAME_BYTES) return -1;
    for (int i = 0; i < SLOTS; ++i) {
        int expected = FREE;
        if (!__atomic_compare_exchange_n(&slots[i].state, &expected, TAKEN, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            continue;
        strcpy(slots[i].name, name);
        __atomic_store_n(&slots[i].state, NOTED, __ATOMIC_RELEASE); // from here on a signal handler may read it
        return i;
    }
    return -1;
}

void forget_temporary(int slot)
{
    if (slot >= 0) __atomic_store_n(&slots[slot].state, FREE, __ATOMIC_RELEASE);
}

void remove_temporaries(void)
{
    for (int i = 0; i < SLOTS; ++i)
        if (__atomic_load_n(&slots[i].state, __ATOMIC_ACQUIRE) == NOTED) unlink(slots[i].name);
}

/* 16 hexadecimal digits, or the process number that earlier versions put there. */
static int is_suffix(const char *text)
{
    size_t hex = strspn(text, "0123456789abcdef"), decimal = strspn(text, "0123456789");
    return (hex == DIGITS && !text[hex]) || (decimal && decimal <= MOST_PID_DIGITS && !text[decimal]);
}

int is_temporary_of(const char *name, const char *file)
{
    size_t n = strlen(file);
    return !strncmp(name, file, n) && !strncmp(name + n, ".tmp.", 5) && is_suffix(name + n + 5);
}

FILE *open_nameless_file(const char *path)
{
    char name[NAME_BYTES];
    if (make_temporary_name(path, name, sizeof name)) return 0;
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return 0;
    unlink(name);
    FILE *f = fdopen(fd, "w+b");
    int error = errno;
    if (!f) close(fd);
    errno = error;
    return f;
}

void remove_leftover(const char *file)
{
    struct stat s;
    int fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return;
    if (!fstat(fd, &s) && S_ISREG(s.st_mode) && !flock(fd, LOCK_EX | LOCK_NB)) unlink(file);
    close(fd);
}
