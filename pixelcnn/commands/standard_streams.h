/* standard_streams.h - standard input, output and error, which may be closed when the program starts. */
#pragma once

/* Call before the work. If the result goes to standard output, exits 1 when that is closed, read-only, or a
   pipe without a reader; otherwise output to a closed one is discarded. */
void need_stdout(const char *command, int result);

/* Flushes what was printed; exits 1 if that fails. */
void finish_stdout(const char *command);
