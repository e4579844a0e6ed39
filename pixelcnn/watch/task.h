/*
task.h - how far a command has come and how much time is left, on one line of a terminal.

    begin_task_bar("evaluating 10000 images", 10000);
    ...                                                 the work, which counts its progress (base/progress.h)
    end_task();

     42% [################........................]  evaluating 10000 images  0:00:12 left

Only if stderr is a terminal that can redraw a line (progress_bar.h). The bar is erased at the end, so that
nothing of it stays beside the result.
*/
#pragma once
#include "pixelcnn/watch/progress_bar.h"

/* total: of what count_progress will count. `doing` is copied, cut to TASK_BYTES. */
enum { TASK_BYTES = 64 };
void begin_task_bar(const char *doing, double total);

/* "doing N images", each of which is counted `each` times. */
void begin_images(const char *doing, int n, double each);

/* Shows progress in the owner's way. part: done, 0 to 1; seconds: since the beginning. Called at most ten
   times a second, by one thread at a time. */
typedef void (*task_display)(void *context, double part, double seconds);
void begin_task(double total, task_display show, void *context);

/* Nothing is shown from here on. No effect if no task was begun. */
void end_task(void);
