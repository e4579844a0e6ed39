/*
launcher.h - what a launcher of several processes (mpirun, srun) tells each of them, in environment variables.
*/
#pragma once

/* The number of processes that it says it started; 1: it says nothing, or there is none. *variable: which one says so. */
int launched_processes(const char **variable);

/* Whether it offers its processes a way to find each other by MPI. */
int launcher_offers_mpi(void);
