/*
call.h - a call of the library: alone in the process, silent, and its errors come back.
*/
#ifndef CALL_H
#define CALL_H

/* Runs body(argument), one at a time, in the C locale. Returns 0, or -1 where it ended in die: then all that it had
   allocated and opened is released, and call_error() has the line. */
int library_call(void (*body)(void *), void *argument);

/* The line of this thread's last call that failed, or "". */
const char *call_error(void);

/* Whether calls print to stderr what the program prints there. */
void call_verbose(int on);

#endif
