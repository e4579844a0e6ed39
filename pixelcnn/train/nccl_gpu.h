/* nccl_gpu.h - sums between devices by NCCL, in programs that were built with it (-DNCCL). */
#pragma once
#ifdef NCCL
#include <nccl.h>
#include "pixelcnn/net/params.h"

#define NCCL_OK(call) check_nccl((call), #call, __FILE__, __LINE__)
void check_nccl(ncclResult_t status, const char *call, const char *file, int line);

/* Launches the sum of all arrays' updates over the communicator's devices, in place. */
void sum_by_nccl(ncclComm_t comm, const param_list *all);
#endif
