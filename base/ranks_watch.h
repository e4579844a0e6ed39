/*
ranks_watch.h - who is alive, and how a job ends when a rank is not: a thread beside the work. For
ranks_mpi.c.

Rank 0 and each of the others send each other a sign of life every second; RANK_SILENCE seconds without one
mean that a rank was killed, or its host cut off. What a rank dies of goes to rank 0, which prints the line
and tells all to end with its status. So no rank waits forever for a message that will not come, whatever MPI
or the launcher notices.
*/
#pragma once

typedef enum { NOTE_ALIVE, NOTE_ERROR, NOTE_END } note_kind;

typedef struct {
    int kind, status; // status: to exit with
    char line[1024];
} rank_note;

/* Starts the thread, and takes over what die prints. */
void start_watch(void);
/* Before MPI is left. */
void stop_watch(void);

/* For a thread that waits for a message: exits if the job ends. */
void leave_if_ended(void);

/* Ends this process with status 1 and a line unless forget_guard is called within so many seconds: for calls
   of MPI's that may hang. */
void set_guard(int seconds, const char *doing);
void forget_guard(void);

/* In ranks_mpi.c. For any thread; neither waits. A sign of life is left out while the one before it has not
   been sent. */
void send_note(int rank, const rank_note *n);
int receive_note(rank_note *n); // returns the rank that it is from; -1: there is none
int notes_are_sent(void);       // has all of them left?
