#include "pixelcnn/train/nccl_gpu.h"
#ifdef NCCL
#include "base/errors.h"

void check_nccl(ncclResult_t status, const char *call, const char *file, int line)
{
    if (status != ncclSuccess) die("%s:%d: %s: NCCL: %s", file, line, call, ncclGetErrorString(status));
}

void sum_by_nccl(ncclComm_t comm, const param_list *all)
{
    update_span updates = all_updates_gpu(all);
    NCCL_OK(ncclAllReduce(updates.x, updates.x, updates.n, ncclFloat, ncclSum, comm, 0));
}
#endif
