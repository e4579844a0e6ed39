/*
signals.h - what signals do: no temporary file stays when one ends a command, and a training is saved first.

Of those that ask for an end (INT, TERM, HUP, QUIT, XCPU, USR2, ALRM, VTALRM, PWR, and PIPE but in a training), each that was
not ignored when the program started, as nohup ignores HUP:
    any command      the temporary files are removed, then the signal does what it does by default
    a training       polls stop_signal(), so that the iteration is finished and a checkpoint saved; a second INT or QUIT
                     from a terminal quits at once
USR1 asks a training for a checkpoint. A limit of file size (XFSZ) is a write error in every command; a reader of stdout or
stderr that goes away (PIPE) is one in a training.
*/
#pragma once

/* For every command, at its start. */
void clean_up_on_signals(void);

/* For a training, at its start: from here on USR1 is handled and PIPE ignored. */
void catch_signals(void);

/* For a training, before its first iteration: from here on there is something to save. */
void stop_on_signals(void);

/* The signal that asked for an end once it has come, else 0; always 0 before stop_on_signals. */
int stop_signal(void);

/* SIGTERM and the like. */
const char *signal_name(int number);

/* 1 once for each time that SIGUSR1 came, or several together. */
int take_save_signal(void);
