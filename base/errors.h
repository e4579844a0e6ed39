/*
errors.h - one way to fail: one line on stderr, exit status 1.
*/
#pragma once

/* 1 while stderr stands in the middle of a line that a message must not be appended to. */
extern int stderr_line_open;

/* Control characters in the line, as a file's name may hold, are written \xNN (printable.h). */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The same with another exit status. */
void die_with_status(int status, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

/* What die ended: the exit status (0: nothing), and the line. */
typedef struct {
    int status;
    char message[4608];
} caught_error;

/* Runs body(argument) for those that go on after an error. Returns 0 if it returned. Otherwise it ended in die on this
   thread, nothing was printed, and what it had allocated and opened is still so; returns r->status. Calls may be nested.
   Out of a parallel region no thread may leave alone: there, each thread catches its own (see threads.h). */
int catch_die(void (*body)(void *), void *argument, caught_error *r);
