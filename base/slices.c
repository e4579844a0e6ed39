#include <string.h>
#include "base/bounds.h"
#include "base/image_tree.h"
#include "base/slices.h"

/* A batch as subtrees of 2^levels images, the last one perhaps of fewer. */
typedef struct {
    int levels, subtrees;
} image_tree;

enum { MOST_SUBTREES = 4 }; // per part: more would spread the images more evenly, but need more memory

/* The largest subtrees among those that minimise the images of the fullest part. */
static image_tree tree_of(int parts, int batch)
{
    image_tree best = {0, batch};
    int fewest = batch + 1;
    for (int levels = 0; levels == 0 || 1 << (levels - 1) < batch; ++levels) {
        int subtrees = divide_up(batch, 1 << levels), load = divide_up(subtrees, parts) << levels;
        if (subtrees > MOST_SUBTREES * parts || (load < batch ? load : batch) > fewest) continue;
        fewest = load < batch ? load : batch;
        best = (image_tree){levels, subtrees};
    }
    return best;
}

int sum_copies(int parts, int batch)
{
    image_tree t = tree_of(parts, batch);
    return t.subtrees + parts * t.levels;
}

/* The maximum over all smaller batches too. */
static size_t most_copies(int parts, int batch)
{
    int levels = 0, subtrees = batch < MOST_SUBTREES * parts ? batch : MOST_SUBTREES * parts;
    while (1 << levels < batch) ++levels;
    return subtrees + (size_t)parts * levels;
}

/* ---- workspace: the subtrees' sums, each part's own sums, each part's scratch ---- */

static size_t line(size_t floats) { return (floats + 15) / 16 * 16; }

/* Where sum i starts in a copy; i = n: the floats of a copy. */
static size_t sum_at(const slices *p, int i)
{
    size_t at = 0;
    for (int k = 0; k < i; ++k) at += line(p->size[k]);
    return at;
}

portion portion_of(const slices *p, int part) { return (portion){part, p->parts}; }

void add_sum(slices *p, size_t size)
{
    if (p->n == MAX_SUMMED) die("a layer has more than %d sums over images", MAX_SUMMED);
    p->size[p->n++] = size;
}

size_t slices_bytes(const slices *p, int batch)
{
    if (!batch) return 0;
    return (most_copies(p->parts, batch) * sum_at(p, p->n) + p->parts * line(p->scratch)) * sizeof(float);
}

float *slice_scratch(const slices *p, float *workspace, int part) { return workspace + part * line(p->scratch); }

float *summed(const slices *p, float *workspace, int i) { return workspace + sum_at(p, i); }

/* ---- sums ---- */

/* A part's walk through its subtrees. */
typedef struct {
    const slices *p;
    const summed_images *t;
    float *scratch, *own; // own: (levels, floats of a copy)
    size_t floats;
} walk;

static void add_floats(size_t n, const float *x, float *sum)
{
#pragma omp simd
    for (size_t k = 0; k < n; ++k) sum[k] += x[k];
}

static void add_image(const walk *w, int b, float *to)
{
    slice s = {.scratch = w->scratch};
    for (int i = 0; i < w->p->n; ++i) s.sum[i] = to + sum_at(w->p, i);
    memset(to, 0, w->floats * sizeof(float));
    w->t->add(w->t->context, b, &s);
}

/* The sum of n images from `first` on, which OVERWRITES `to`; own copies from `free` on may be used. */
static void add_tree(const walk *w, int first, int n, int free, float *to)
{
    if (n == 1) {
        add_image(w, first, to);
        return;
    }
    int left = left_images(n);
    float *right = w->own + free * w->floats;
    add_tree(w, first, left, free, to);
    add_tree(w, first + left, n - left, free + 1, right);
    add_floats(w->floats, right, to);
}

void sum_images(const slices *p, const summed_images *t, int part)
{
    image_tree tree = tree_of(p->parts, t->batch);
    walk w = {p, t, .floats = sum_at(p, p->n)};
    w.own = t->workspace + (tree.subtrees + (size_t)part * tree.levels) * w.floats;
    w.scratch = t->workspace + (tree.subtrees + (size_t)p->parts * tree.levels) * w.floats + part * line(p->scratch);
    for (int i = part; i < tree.subtrees; i += p->parts) {
        int first = i << tree.levels, n = t->batch - first;
        add_tree(&w, first, n < 1 << tree.levels ? n : 1 << tree.levels, 0, t->workspace + i * w.floats);
    }
}

void sum_subtrees(const slices *p, const summed_images *t, int part)
{
    size_t floats = sum_at(p, p->n);
    int subtrees = tree_of(p->parts, t->batch).subtrees;
    index_range r = portion_range(floats, portion_of(p, part));
    for (int step = 1; step < subtrees; step *= 2)
        for (int i = 0; i + step < subtrees; i += 2 * step)
            add_floats(r.end - r.from, t->workspace + (i + step) * floats + r.from, t->workspace + i * floats + r.from);
}
