/*
call.h - a call of the library: alone in the process, silent, and its errors come back.
*/
#pragma once

/* Runs body(argument), one at a time, in the C locale and in the default arithmetic (arithmetic.h), which its caller need
   not have. Returns 0, or -1 where it ended in die: then all that it had allocated and opened is released, and
   call_error() has the line. Also -1 in a process that was forked from one that had made a call: OpenMP's threads are
   missing there, and another thread's call may hold the lock for ever. */
int library_call(void (*body)(void *), void *argument);

/* Of a call that needs no library_call: it failed, and call_error() has the line. */
void call_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The line of this thread's last call that failed, or "". */
const char *call_error(void);

/* Whether calls print to stderr what the program prints there. */
void call_verbose(int on);
