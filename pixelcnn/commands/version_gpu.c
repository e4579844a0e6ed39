/* A missing driver is reported, not an error. */
#ifdef NCCL
#include <nccl.h>
#endif
#include "base/calls_gpu.h"
#include "base/device_gpu.h"
#include "layers/math/conv_plan.h"
#include "pixelcnn/commands/version.h"

const char *backend_gpu(void) { return CUDNN_BUILD ? "CUDA with cuDNN" : "CUDA"; }

static const char *const device_keys[MOST_DEVICES] = {
    "device_0", "device_1", "device_2",  "device_3",  "device_4",  "device_5",  "device_6",  "device_7",
    "device_8", "device_9", "device_10", "device_11", "device_12", "device_13", "device_14", "device_15"};

static void add_cuda_version(facts *f, const char *key, int version)
{
    if (version)
        add_fact(f, key, "CUDA %d.%d", version / 1000, version % 1000 / 10);
    else
        add_fact(f, key, "none");
}

void add_device_facts_gpu(facts *f)
{
    int runtime = 0, driver = 0;
    char reason[512];
    cudaRuntimeGetVersion(&runtime);
    cudaDriverGetVersion(&driver);
    add_cuda_version(f, "toolkit", runtime);
    add_fact(f, "built_for", "%s", built_for());
#ifdef CUDNN
    int cudnn = (int)cudnnGetVersion(), of_9 = cudnn >= 90000;
    add_fact(f, "cudnn", "%d.%d.%d", cudnn / (of_9 ? 10000 : 1000), cudnn % (of_9 ? 10000 : 1000) / 100, cudnn % 100);
#endif
#ifdef NCCL
    int nccl = 0;
    ncclGetVersion(&nccl);
    add_fact(f, "nccl", "%d.%d.%d", nccl / 10000, nccl % 10000 / 100, nccl % 100);
#endif
    add_cuda_version(f, "driver", driver);
    int n = count_devices(reason);
    if (n)
        add_fact(f, "devices", "%d", n);
    else
        add_fact(f, "devices", "none: %s", reason);
    for (int i = 0; i < n && i < MOST_DEVICES; ++i) {
        device_facts d = facts_of_device(i);
        add_fact(f, device_keys[i], "%s, %.1f GiB, compute capability %d.%d", d.name, d.memory / 0x1p30, d.major,
                 d.minor);
    }
}
