/*
getenv.c - how long threads that wait for each other spin first.

libgomp's default is long enough to halve the speed, or worse, of a machine that does anything else; a short
spin costs nothing. libgomp reads the environment variable GOMP_SPINCOUNT in its constructor, before our code
could set it, and has no function for it. But it calls getenv, and this one replaces the C library's for every
library loaded with the program. OMP_WAIT_POLICY and GOMP_SPINCOUNT of the environment take precedence.
*/
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* environ is NULL before the C library has started. */
static char *value_of(const char *name)
{
    size_t n = strlen(name);
    for (char **e = environ; e && *e; ++e)
        if (!strncmp(*e, name, n) && (*e)[n] == '=') return *e + n + 1;
    return 0;
}

char *getenv(const char *name)
{
    static char briefly[] = "1000";
    char *value = value_of(name);
    int asked = !value && !strcmp(name, "GOMP_SPINCOUNT");
    return asked && !value_of("OMP_WAIT_POLICY") ? briefly : value;
}
