/*
terminal.h - runs commands on a pseudo-terminal, and reads bars from what they print.
*/
#pragma once
#include "tests/support.h"

/* Runs a shell command on a terminal of that many columns. Its output goes to r->out, its status to
   r->status. */
void run_on_terminal(run_result *r, int columns, const char *command);

/* How often such a text draws a bar; the last one is copied to `last`. Fails if one is too wide. */
int bars_in(const char *text, int columns, char *last);
