/*
cancel.h - lets the caller of a long computation end it early.

A process runs one such computation at a time. It asks between pixels or batches, on the thread that started
it, and if the answer is yes it stops without reporting an error; its result is then meaningless. Without
set_cancel nothing is ever cancelled.
*/
#pragma once

/* From here on computations call `ask`, at most every 50 ms; a nonzero result cancels. NULL: nothing
   cancels. */
void set_cancel(int (*ask)(void *context), void *context);

/* Asks, on the thread that started the computation. Once the answer has been yes, always returns 1. */
int ask_cancel(void);

/* Whether the answer has been yes. Any thread may call it. */
int is_cancelled(void);
