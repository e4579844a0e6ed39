/* launcher.h - what a launcher of several processes (mpirun, srun) tells each of them, in environment
   variables. */
#pragma once

/* The number of processes that the launcher says it started, and in *variable which variable says so; 1: none does. */
int launched_processes(const char **variable);

/* Whether it offers its processes a way to find each other by MPI. */
int launcher_offers_mpi(void);
