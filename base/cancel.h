/*
cancel.h - lets whoever asked for long work end it early.

One piece of work at a time in a process. It asks between pixels or batches, on the thread that started it,
and stops without an error of its own; its result is then meaningless. Without set_cancel nothing is ever
cancelled.
*/
#pragma once

/* From here on the work asks `ask`, at most every 50 ms; it returns nonzero to cancel. NULL: nothing cancels.
   */
void set_cancel(int (*ask)(void *context), void *context);

/* Asks, on the thread that started the work. Returns 1 from the first yes on. */
int ask_cancel(void);

/* Whether the answer was yes. For any thread. */
int is_cancelled(void);
