/* probe_kernels.h - does the device run this program's machine code? */
#pragma once
#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel writes a number, which is then read back. */
cudaError_t probe_device(void);

#ifdef __cplusplus
}
#endif
