/* The program of a pixel: chains of products cut into chunks of weights. See plan_gpu.h and row_kernels.h. */
#include <string.h>
#include "pixelcnn/sample/plan_gpu.h"

walk_array make_walked(plan_gpu *s, int slots, int pixel)
{
    walk_array a = {s->walk_floats, slots, pixel};
    s->walk_floats += padded(slots * pixel, 4);
    return a;
}

walk_array source_walked(const plan_gpu *s, int i, int source)
{
    layer_source from = s->p->layers[i].sources->source[source];
    if (from.from == FROM_IMAGE) return s->walked_image;
    return from.array == INNER ? s->layers[from.from].inner : s->layers[from.from].out;
}

/* n floats from number `at` on of the current column, or of one to the left of it. */
static int add_place(plan_gpu *s, walk_array a, int column, int at, int n)
{
    row_place *p = grow_array(&s->places, 1, sizeof *p);
    *p = (row_place){a.first + at, a.slots, a.pixel, column, n};
    return (int)s->places.n - 1;
}

static row_step *add_step(plan_gpu *s, row_step_kind kind)
{
    row_step *t = grow_array(&s->steps, 1, sizeof *t);
    *t = (row_step){.kind = kind, .add = -1};
    return t;
}

void add_plain_step(plan_gpu *s, const plain_step *p)
{
    int from = add_place(s, p->from, 0, p->at_from, p->n), to = add_place(s, p->to, 0, p->at_to, p->n);
    row_step *t = add_step(s, p->kind);
    t->from = from;
    t->to = to;
    t->colour = p->colour;
    t->activation = p->activation;
}

/* Blocks first .. first + blocks - 1 of 32 outputs, and how many rows the chunk has left. */
typedef struct {
    const chain *c;
    int first, blocks, left;
    row_step *step;
} chain_part_of_outputs;

static void add_row(plan_gpu *s, const chain_part_of_outputs *b, const float *w, size_t next)
{
    float *to = grow_array(&s->weights, b->blocks * PANEL_ROWS, sizeof(float));
    for (int i = 0; i < b->blocks; ++i)
        memcpy(to + i * PANEL_ROWS, w + (b->first + i) * next, PANEL_ROWS * sizeof(float));
    b->step->quads += b->blocks * PANEL_ROWS / 4;
}

static void begin_step(plan_gpu *s, chain_part_of_outputs *b)
{
    b->left = ROW_CHUNK / PANEL_ROWS / b->blocks;
    b->step = add_step(s, PRODUCTS);
    b->step->warps = b->blocks;
    b->step->from = (int)s->places.n;
}

/* Inputs of a segment: as many at a time as the chunk has rows for, in fours. */
static void add_segment(plan_gpu *s, chain_part_of_outputs *b, const chain_part *p, panel_segment a, const float *w)
{
    size_t next = (size_t)p->map->depth * PANEL_ROWS;
    int column = a.offset >= 0 ? a.offset / p->in.pixel : -((p->in.pixel - 1 - a.offset) / p->in.pixel);
    for (int k = 0, n; k < a.n; k += n) {
        if (b->left < 4 && b->left < a.n - k) begin_step(s, b);
        n = a.n - k <= b->left ? a.n - k : b->left / 4 * 4;
        add_place(s, p->in, column, a.offset - column * p->in.pixel + k, n);
        ++b->step->runs;
        for (int i = k; i < k + n; ++i) add_row(s, b, w + (size_t)i * PANEL_ROWS, next);
        b->left -= n;
    }
}

static void add_blocks(plan_gpu *s, chain_part_of_outputs b)
{
    const chain *c = b.c;
    int first = b.first * PANEL_ROWS, n = b.blocks * PANEL_ROWS;
    begin_step(s, &b);
    b.step->is_first = 1;
    b.step->start = c->bias ? -1 : s->loaded.first + c->start + first;
    if (c->bias) add_row(s, &b, c->bias, PANEL_ROWS);
    b.left -= c->bias != 0;
    for (int i = 0; i < c->nparts; ++i) {
        const float *w = c->parts[i].map->w;
        for (int k = 0; k < c->parts[i].map->nsegments; ++k) {
            panel_segment a = c->parts[i].map->segments[k];
            add_segment(s, &b, c->parts + i, a, w);
            w += (size_t)a.n * PANEL_ROWS;
        }
    }
    b.step->is_last = 1;
    b.step->activation = c->activation;
    b.step->to = add_place(s, c->to, 0, c->at + first, n);
    if (c->add.slots) b.step->add = add_place(s, c->add, 0, c->at + first, n);
}

void add_chain(plan_gpu *s, const chain *c, int outputs)
{
    enum { MOST = ROW_THREADS / PANEL_ROWS };
    for (int first = 0, all = outputs / PANEL_ROWS; first < all; first += MOST)
        add_blocks(s,
                   (chain_part_of_outputs){.c = c, .first = first, .blocks = all - first < MOST ? all - first : MOST});
}

/* Three times through the program: a program of one chunk fetches that one again and again. */
void order_chunks(plan_gpu *s)
{
    row_step *steps = s->steps.x, *before[2] = {0}; // the last two that have a chunk
    int n = (int)s->steps.n, chunks = 0, at = 0;
    for (int i = 0; i < 3 * n; ++i) {
        row_step *t = steps + i % n;
        if (i % n == 0) at = 0;
        if (!t->quads) continue;
        if (chunks < 2) {
            s->walk.chunk[chunks] = at;
            s->walk.quads[chunks] = t->quads;
        }
        if (before[0]) {
            before[0]->ahead = at;
            before[0]->ahead_quads = t->quads;
        }
        before[0] = before[1];
        before[1] = t;
        at += t->quads;
        ++chunks;
    }
}
