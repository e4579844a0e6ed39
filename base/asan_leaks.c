/* asan_leaks.c - in a build with AddressSanitizer (make asan), leaks are reported only if the program
   succeeds: one that ends with an error exits without freeing anything. Empty in any other build. */
#ifdef __SANITIZE_ADDRESS__
#include <stdlib.h>

int __lsan_is_turned_off(void);

static int exit_status;

static void keep_status(int status, void *context)
{
    (void)context;
    exit_status = status;
}

/* Registered after AddressSanitizer's own check, and so called before it. */
__attribute__((constructor)) static void watch_exit(void) { on_exit(keep_status, 0); }

/* AddressSanitizer asks this at exit. */
int __lsan_is_turned_off(void) { return exit_status != 0; }
#endif
