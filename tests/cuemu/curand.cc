/*
curand.cc - uniform numbers in (0,1] from rand(), so that srand decides them, as for Darknet's rand_uniform on the CPU.
*/
#include <stdlib.h>
#include "curand.h"
#include "emu.h"

using namespace cuemu;

curandStatus_t curandCreateGenerator(curandGenerator_t *generator, curandRngType_t)
{
    *generator = nullptr;
    return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t, unsigned long long)
{
    return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandGenerateUniform(curandGenerator_t, float *out, size_t n)
{
    call in(current_device());
    check_device_pointer(current_device(), out, n * sizeof *out, "curandGenerateUniform");
    submit(nullptr, {CUEMU_LIBRARY, "curandGenerateUniform", 0}, [=] {
        for (size_t i = 0; i < n; ++i) out[i] = ((float)rand() + 1) / ((float)RAND_MAX + 1);
    });
    return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandDestroyGenerator(curandGenerator_t) { return CURAND_STATUS_SUCCESS; }
