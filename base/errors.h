/* errors.h - the one way to fail: one line on stderr and exit status 1. */
#pragma once

/* 1 while stderr holds an unfinished line, which a message must not be appended to. */
extern int stderr_line_open;

/* Called with die's line instead of printing it on stderr; NULL: print it (ranks_watch.h). */
extern void (*error_reporter)(int status, const char *line);

/* Prints one line and exits with status 1. Control characters, which a file name may contain, become \xNN
   (printable.h). */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The same with another exit status. */
void die_with_status(int status, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

/* An error that catch_die caught: die's exit status (0: there was none) and its line. */
typedef struct {
    int status;
    char message[4608];
} caught_error;

/* Runs body(argument) for a caller that continues after an error. Returns 0 if body returned. Returns
   r->status if it called die on this thread: nothing was printed, and whatever it had allocated and opened is
   still allocated and open. Calls may be nested. No thread may jump out of a parallel region alone: there,
   each thread catches its own errors (see threads.h). */
int catch_die(void (*body)(void *), void *argument, caught_error *r);
