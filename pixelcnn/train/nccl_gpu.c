#include "pixelcnn/train/nccl_gpu.h"
#ifdef NCCL
#include "base/errors.h"

void check_nccl(ncclResult_t status, const char *call, const char *file, int line)
{
    if (status != ncclSuccess) die("%s:%d: %s: NCCL: %s", file, line, call, ncclGetErrorString(status));
}

void sum_by_nccl(ncclComm_t comm, const param_list *all)
{
    NCCL_OK(ncclGroupStart());
    for (int a = 0; a < all->n; ++a) {
        float *x = all->p[a].update_gpu;
        NCCL_OK(ncclAllReduce(x, x, all->p[a].n, ncclFloat, ncclSum, comm, 0));
    }
    NCCL_OK(ncclGroupEnd());
}
#endif
