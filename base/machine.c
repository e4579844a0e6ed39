#include <stdlib.h>
#include <strings.h>
#include "base/errors.h"
#include "base/machine.h"

#if defined __x86_64__
static const char *const names[] = {"SSE2", "AVX2", "AVX-512"};

/* clang (14) does not know x86-64-v3 and v4 here, only their features. */
#ifdef __clang__
#define CPU_HAS(x) __builtin_cpu_supports(x)
static int cpu_has_avx2(void) { return CPU_HAS("avx2") && CPU_HAS("fma") && CPU_HAS("bmi") && CPU_HAS("bmi2"); }

static int cpu_has_avx512(void)
{
    return cpu_has_avx2() && CPU_HAS("avx512f") && CPU_HAS("avx512bw") && CPU_HAS("avx512cd") && CPU_HAS("avx512dq") &&
           CPU_HAS("avx512vl");
}
#else
static int cpu_has_avx2(void) { return __builtin_cpu_supports("x86-64-v3"); }
static int cpu_has_avx512(void) { return __builtin_cpu_supports("x86-64-v4"); }
#endif

static vector_set best_vectors(void)
{
    return cpu_has_avx512() ? VECTORS_AVX512 : cpu_has_avx2() ? VECTORS_AVX2 : VECTORS_ANY;
}

static vector_set wanted_vectors(void)
{
    const char *name = getenv("PIXELCNN_VECTORS");
    vector_set best = best_vectors();
    if (!name || !*name) return best;
    for (vector_set v = VECTORS_ANY; v <= VECTORS_AVX512; ++v) {
        if (strcasecmp(name, names[v])) continue;
        if (v > best) die("PIXELCNN_VECTORS=%s: this CPU supports at most %s", name, names[best]);
        return v;
    }
    die("PIXELCNN_VECTORS=%s: expected SSE2, AVX2 or AVX-512", name);
}
#else
#if defined __aarch64__
static const char *const names[] = {"NEON"};
#elif defined __wasm_simd128__
static const char *const names[] = {"SIMD128"};
#else
static const char *const names[] = {"none"};
#endif
static vector_set best_vectors(void) { return VECTORS_ANY; }
static vector_set wanted_vectors(void) { return VECTORS_ANY; }
#endif

int chosen_vectors = -1;

vector_set choose_vectors(void)
{
    vector_set set = wanted_vectors();
    __atomic_store_n(&chosen_vectors, (int)set, __ATOMIC_RELAXED);
    return set;
}

int use_vectors(vector_set v)
{
    if (v > best_vectors()) return -1;
    int before = vectors_in_use();
    __atomic_store_n(&chosen_vectors, (int)v, __ATOMIC_RELAXED);
    return before;
}

const char *vector_units(void) { return names[vectors_in_use()]; }
