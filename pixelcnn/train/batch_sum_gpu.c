#include <string.h>
#include "base/calls_gpu.h"
#include "base/memory_gpu.h"
#include "base/ranks.h"
#include "pixelcnn/train/batch_sum_gpu.h"
#include "pixelcnn/train/nccl_gpu.h"

void pull_updates_gpu(const param_list *all)
{
    for (int i = 0; i < all->n; ++i) pull_gpu(all->p[i].update_gpu, all->p[i].update, all->p[i].n);
}

void push_updates_gpu(const param_list *all)
{
    for (int i = 0; i < all->n; ++i) {
        push_gpu(all->p[i].update_gpu, all->p[i].update, all->p[i].n);
        memset(all->p[i].update, 0, all->p[i].n * sizeof(float));
    }
}

#ifdef NCCL
static ncclComm_t ranks;

int open_rank_devices_gpu(void)
{
    ncclUniqueId id;
    if (is_first_rank()) NCCL_OK(ncclGetUniqueId(&id));
    broadcast(&id, sizeof id);
    NCCL_OK(ncclCommInitRank(&ranks, rank_count(), id, this_rank()));
    return 1;
}

void close_rank_devices_gpu(void) { ncclCommDestroy(ranks); }

void sum_rank_devices_gpu(const param_list *all)
{
    sum_by_nccl(ranks, all);
    CUDA_OK(cudaDeviceSynchronize());
}
#else
int open_rank_devices_gpu(void) { return 0; }
void close_rank_devices_gpu(void) {}
void sum_rank_devices_gpu(const param_list *all) { (void)all; }
#endif
