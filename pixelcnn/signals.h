/*
signals.h - signals that end a training after the iteration, or save it meanwhile.

SIGTERM and SIGINT ask for a stop; a second SIGINT quits at once. SIGUSR1 asks for a checkpoint.
*/
#ifndef SIGNALS_H
#define SIGNALS_H

void catch_signals(void);
/* SIGTERM or SIGINT once it has come, else 0; always 0 before catch_signals. */
int stop_signal(void);
/* 1 once for each time that SIGUSR1 came, or several together. */
int take_save_signal(void);

#endif
