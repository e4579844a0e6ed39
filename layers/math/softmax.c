/* GPU twin: layers/pixel_softmax_kernels.cu */
#include "base/exact_math.h"
#include "base/vector_math.h"
#include "base/vectorised.h"
#include "layers/math/softmax.h"

/* Pixels side by side in blocks, so that each pass over the levels is a pass over short rows. */
enum { BLOCK = 64 };

/* n pixels of the planes, at most BLOCK; level l's are l * stride floats further on. */
typedef struct {
    int levels, stride, n;
    const float *logits;
    float *p;
    float top[BLOCK];  // the greatest logit
    double sum[BLOCK]; // of exp(logit - top), in double: next to the top's 1, a float would lose what is
                       // below 6e-8, and the likelihood would always be a little too good
} softmax_block;

VECTOR_BODY void block_forward_body(int has_fma, softmax_block *t)
{
    const int levels = t->levels, stride = t->stride, n = t->n;
    const float *logits = t->logits;
    float *p = t->p, *top = t->top, scale[BLOCK];
    double *sum = t->sum;
    for (int i = 0; i < n; ++i) top[i] = logits[i];
    for (int i = 0; i < n; ++i) sum[i] = 0;
    for (int l = 1; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i)
            top[i] = logits[(long)l * stride + i] > top[i] ? logits[(long)l * stride + i] : top[i];
    for (int l = 0; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i)
            sum[i] += p[(long)l * stride + i] = exp_vector(has_fma, logits[(long)l * stride + i] - top[i]);
    for (int i = 0; i < n; ++i) scale[i] = 1 / (float)sum[i];
    for (int l = 0; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i) p[(long)l * stride + i] *= scale[i];
}
static VECTORISED_FUSED(void, block_forward, (softmax_block * t), t);

/* One logarithm for the product of a block's sums, which are 1 to 256 each. */
static double nats_of_block(const softmax_block *t, const float *truth)
{
    double nats = 0, product = 1;
    for (int i = 0; i < t->n; ++i) {
        nats += (double)t->top[i] - t->logits[(long)truth[i] * t->stride + i];
        product *= t->sum[i];
    }
    return nats + exact_log(product);
}

double softmax_forward(int levels, int pixels, const float *logits, const float *truth, float *p)
{
    double nats = 0;
    softmax_block t;
    for (int i = 0; i < pixels; i += BLOCK) {
        t.levels = levels;
        t.stride = pixels;
        t.n = pixels - i < BLOCK ? pixels - i : BLOCK;
        t.logits = logits + i;
        t.p = p + i;
        block_forward(&t);
        if (truth) nats += nats_of_block(&t, truth + i);
    }
    return nats;
}
