#include "layers/math/blas_gpu.h"
#include "layers/training_gpu.h"

/* The same whenever kept has grown alike: when it is counted and when it is handed out. */
static int has_room(const training_gpu *t, size_t floats)
{
    return floats <= workspace_limit / sizeof(float) && t->kept.floats + floats <= t->limit;
}

/* Room for `floats` of each image, or NULL if memory is short; NULL also while it is counted. */
static float *keep_images_gpu(training_gpu *t, size_t floats)
{
    size_t all = t->batch * floats;
    return all && has_room(t, all) ? arena_floats(&t->kept, all) : 0;
}

static void add_sum(training_gpu *t, image_sum s, int n)
{
    for (s.from = 0; s.from < n; s.from = s.end, ++t->nsums) {
        s.end = n - s.from < IMAGE_SUM_CHUNK ? n : s.from + IMAGE_SUM_CHUNK;
        if (t->sums) t->sums[t->nsums] = s;
    }
}

static void add_plain_sum(training_gpu *t, const param *p)
{
    int n = p->n;
    add_sum(t, (image_sum){p->update_gpu, p->allowed_gpu, p->parts_gpu, n, n, n, 0, 0}, n);
}

void part_weights_gpu(training_gpu *t, param *p)
{
    if (!has_room(t, t->batch * p->n)) return;
    p->parts_gpu = keep_images_gpu(t, p->n);
    add_plain_sum(t, p);
}

void part_bias_gpu(training_gpu *t, param *p)
{
    p->parts_gpu = arena_floats(&t->kept, t->batch * p->n);
    add_plain_sum(t, p);
}

void keep_conv_gpu(training_gpu *t, conv_gpu *k, param *w)
{
    if (k->plan) return;
    part_weights_gpu(t, w);
    k->columns = keep_images_gpu(t, conv_gpu_columns(k));
}

void part_columns_gpu(training_gpu *t, param *all, const param *p, int n)
{
    if (!has_room(t, t->batch * all->n)) return;
    float *parts = all->parts_gpu = keep_images_gpu(t, all->n);
    int width = all->n / p->shape[0];
    for (int i = 0; i < n; ++i) {
        int columns = p[i].shape[1];
        add_sum(t, (image_sum){p[i].update_gpu, p[i].allowed_gpu, parts, all->n, columns, width, 0, 0}, p[i].n);
        if (parts) parts += columns;
    }
}
