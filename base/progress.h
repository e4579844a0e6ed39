/*
progress.h - counts what a long computation has done, for whoever shows it.

The loops that do the work count it: images evaluated, values drawn, positions checked. Whoever started it
knows how much there is, and listens (pixelcnn/watch/task.h). Nobody does in the library, and counting is then
one comparison.
*/
#pragma once

/* Calls f(done) for each count_progress from here on, on the thread that counted, so on several at a time.
   NULL: nobody listens. */
void listen_to_progress(void (*f)(long done));

/* From any thread. */
void count_progress(long done);
