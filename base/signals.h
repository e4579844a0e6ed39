/*
signals.h - signal handling: a command removes its temporary files before it ends, and `train` saves a
checkpoint first.

Signals that end a program (INT, TERM, HUP, QUIT, XCPU, USR2, ALRM, VTALRM, PWR, and PIPE except in `train`),
unless they were ignored when the program started, as nohup ignores HUP:
    any command     removes its temporary files, then takes the signal's default action
    train           polls stop_signal(), finishes the iteration and saves a checkpoint; a second INT or QUIT
                    from a terminal quits at once
USR1 makes `train` save a checkpoint. Exceeding the file-size limit (XFSZ) is a write error in every command;
losing the reader of stdout or stderr (PIPE) is one in `train`.
*/
#pragma once

/* For every command, at its start. */
void clean_up_on_signals(void);

/* For `train`, at its start: from here on USR1 is handled and PIPE ignored. */
void catch_signals(void);

/* For `train`, before its first iteration: from here on the signals above only set stop_signal. */
void stop_on_signals(void);

/* The signal that asked this program to stop, or 0; always 0 before stop_on_signals. */
int stop_signal(void);

/* The name of a signal, as "SIGTERM". */
const char *signal_name(int number);

/* Returns 1 once after one or more SIGUSR1 have arrived. */
int take_save_signal(void);
