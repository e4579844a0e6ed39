#include <stdlib.h>
#include "base/launcher.h"

/* Open MPI's mpirun; Hydra (MPICH, Intel MPI) and others with PMI; MPICH on one host; Slurm's srun with PMIx and
   without. */
static const struct {
    const char *name;
    int counts; // 1: its value is the number of processes
    int mpi;    // 1: it is only there where MPI finds the others
} variables[] = {
    {"OMPI_COMM_WORLD_SIZE", 1, 1},
    {"PMI_SIZE", 1, 1},
    {"PMI_RANK", 0, 1},
    {"PMI_FD", 0, 1},
    {"MPI_LOCALNRANKS", 1, 0},
    {"PMIX_RANK", 0, 1},
    {"SLURM_STEP_NUM_TASKS", 1, 0},
};
enum { VARIABLES = sizeof variables / sizeof *variables };

int launched_processes(const char **variable)
{
    for (int i = 0; i < VARIABLES; ++i) {
        const char *n = variables[i].counts ? getenv(variables[i].name) : 0;
        if (!n || atoi(n) <= 1) continue;
        *variable = variables[i].name;
        return atoi(n);
    }
    return 1;
}

int launcher_offers_mpi(void)
{
    for (int i = 0; i < VARIABLES; ++i)
        if (variables[i].mpi && getenv(variables[i].name)) return 1;
    return 0;
}
