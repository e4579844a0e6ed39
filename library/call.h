/* call.h - runs a call of the library: one at a time, silent, and with errors returned. */
#pragma once

enum { CANCELLED = 2 }; // the status of die in a call that was cancelled

/* Runs body(argument), one call at a time, in the C locale and with default arithmetic (arithmetic.h),
   whatever the caller has set. Returns 0, or -1 if it called die, -CANCELLED if with that status: then
   everything that it had allocated and opened is released, and call_error() has the message. Also returns -1
   in a process forked from one that had made a call: OpenMP's threads do not exist there, and another
   thread's call may hold the lock forever; and if a callback of a call on this thread makes one. */
int library_call(void (*body)(void *), void *argument);

/* Reports the failure of a call that does not need library_call; call_error() returns the message. */
void call_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The message of this thread's last failed call, or "". */
const char *call_error(void);

/* Whether calls print to stderr what commands would print. */
void call_verbose(int on);

/* The number of threads of calls from here on; 0: OpenMP's default. */
void call_threads(int n);
