/*
ranks_watch.h - a thread that watches whether all ranks are alive, and ends the job if one is not. For
ranks_mpi.c.

Rank 0 and each of the others send each other a sign of life every second; RANK_SILENCE seconds without one
mean that a rank was killed, or its host cut off. A rank's error goes to rank 0, which prints the line and
tells all ranks to end with its status. So no rank waits forever for a message that will not come, whatever
MPI or the launcher notices.
*/
#pragma once

typedef enum { NOTE_ALIVE, NOTE_ERROR, NOTE_END } note_kind;

typedef struct {
    int kind, status; // status: to exit with
    char line[1024];
} rank_note;

/* Starts the thread, and redirects what die prints. */
void start_watch(void);
/* Call before MPI_Finalize. */
void stop_watch(void);

/* For a thread that waits for a message: exits if the job ends. */
void leave_if_ended(void);

/* Ends this process with status 1 and a line unless forget_guard is called within that many seconds: for MPI
   calls that may hang. */
void set_guard(int seconds, const char *doing);
void forget_guard(void);

/* In ranks_mpi.c. Any thread may call them; neither waits nor allocates. A sign of life is skipped while the
   previous one has not been sent; of the other kinds, a process sends each rank one. */
void send_note(int rank, const rank_note *n);
int receive_note(rank_note *n); // returns the rank that it is from; -1: there is none
int notes_are_sent(void);       // have all of them been sent?
