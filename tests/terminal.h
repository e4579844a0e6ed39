/*
terminal.h - runs commands on a pseudo-terminal, and reads bars from what they print.
*/
#pragma once
#include "tests/support.h"

/* Runs a shell command on a terminal of that many columns: what it shows is in r->out, the status in
   r->status. */
void run_on_terminal(run_result *r, int columns, const char *command);

/* How often a bar is drawn in such a text; the last one is copied to `last`. Fails where one does not fit. */
int bars_in(const char *text, int columns, char *last);
