/*
progress.h - counts what a long computation has done, for whoever shows it.

The loops that do the work count it: images evaluated, values drawn, positions checked. Whoever started it
knows how much there is, and listens (pixelcnn/watch/task.h). In the library nobody listens, and counting
costs one comparison.
*/
#pragma once

/* From here on each count_progress calls f(done), on the thread that counted, so possibly on several at once.
   NULL: nobody listens. */
void listen_to_progress(void (*f)(long done));

/* From any thread. */
void count_progress(long done);
