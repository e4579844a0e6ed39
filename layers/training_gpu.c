#include "layers/math/blas_gpu.h"
#include "layers/training_gpu.h"

/* The same whenever kept has grown alike: when it is counted and when it is handed out. */
static int has_room(const training_gpu *t, size_t floats)
{
    return floats <= workspace_limit / sizeof(float) && t->kept.floats + floats <= t->limit;
}

/* Floats of the parts of an array of n values. */
static size_t all_parts(const training_gpu *t, int parts, size_t n) { return n * (parts ? parts : t->batch); }

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
    add_sum(t, (image_sum){p->update_gpu, p->allowed_gpu, p->parts_gpu, p->nparts, n, n, n, 0, 0}, n);
}

void part_weights_gpu(training_gpu *t, param *p, int parts)
{
    p->nparts = parts;
    if (!has_room(t, all_parts(t, parts, p->n))) return;
    p->parts_gpu = arena_floats(&t->kept, all_parts(t, parts, p->n));
    add_plain_sum(t, p);
}

void part_bias_gpu(training_gpu *t, param *p)
{
    p->parts_gpu = arena_floats(&t->kept, t->batch * p->n);
    add_plain_sum(t, p);
}

void keep_conv_gpu(training_gpu *t, conv_gpu *k, param *w)
{
    size_t columns = t->batch * conv_gpu_columns(k);
    int at_once = has_room(t, columns); // else some images at a time
    if (k->plan) return;
    if (columns && at_once) k->columns = arena_floats(&t->kept, columns);
    part_weights_gpu(t, w, at_once ? conv_gpu_parts(k) : 0);
}

void part_columns_gpu(training_gpu *t, param *all, const param *p, int n)
{
    size_t floats = all_parts(t, all->nparts, all->n);
    if (!has_room(t, floats)) return;
    float *parts = all->parts_gpu = arena_floats(&t->kept, floats);
    int width = all->n / p->shape[0];
    for (int i = 0; i < n; ++i) {
        int columns = p[i].shape[1];
        image_sum s = {p[i].update_gpu, p[i].allowed_gpu, parts, all->nparts, all->n, columns, width, 0, 0};
        add_sum(t, s, p[i].n);
        if (parts) parts += columns;
    }
}
