/*
standard_streams.h - standard input, output and error, which whoever starts the program may have closed.
*/
#pragma once

/* Before the work. Where the result goes to standard output (`result`), exits 1 if that is closed, only for reading, or a pipe
   without a reader; else what is printed goes nowhere if it is closed. */
void need_stdout(const char *command, int result);

/* Writes out all that was printed; exits 1 where it could not be. */
void finish_stdout(const char *command);
