/* batch_sum_gpu.h - a net's updates on its device, for the sum over ranks (batch_sum.h). */
#pragma once
#include "pixelcnn/net/params.h"

/* Copy them to the arrays in host memory, OVERWRITTEN; and back, after which the arrays in host memory are
   zero. */
void pull_updates_gpu(const param_list *all);
void push_updates_gpu(const param_list *all);

/* [all] Joins the devices of all ranks by NCCL, whose id rank 0 broadcasts. Returns 0 in a program without
   it, which sums through host memory. */
int open_rank_devices_gpu(void);
void close_rank_devices_gpu(void);

/* [all] The updates on each device become their sum over all ranks. */
void sum_rank_devices_gpu(const param_list *all);
