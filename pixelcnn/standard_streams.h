/*
standard_streams.h - standard input, output and error, which whoever starts the program may have closed.
*/
#ifndef STANDARD_STREAMS_H
#define STANDARD_STREAMS_H

/* Can anything be printed? Not where standard output was closed. */
int has_stdout(void);

/* Exits 1 where it is closed, only for reading, or a pipe without a reader: before the work whose result goes there. */
void need_stdout(const char *command);

/* Writes out all that was printed; exits 1 where it could not be. */
void finish_stdout(const char *command);

#endif
