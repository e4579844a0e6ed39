/*
sequential.c - see sequential.h.
*/
#include <string.h>
#include "base/cancel.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/threads.h"
#include "layers/math/levels.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/sample/draw_level.h"
#include "pixelcnn/sample/lanes.h"
#include "pixelcnn/sample/sampler.h"
#include "pixelcnn/sample/sequential.h"

/* ---- one step at a time ---- */

struct sequence {
    const packed_net *p;
    lanes *lanes;
    int n, first;            // images, and the number of the first for messages
    int position;            // that of the logits; -1: none yet
    int colour, row, column; // of the position
};

double sequence_bytes(const packed_net *p, int most) { return sizeof(sequence) + lanes_bytes(p, most); }

sequence *make_sequence(const packed_net *p, int most)
{
    sequence *s = checked_calloc(1, sizeof *s);
    *s = (sequence){.p = p, .lanes = make_lanes(p, most)};
    return s;
}

void free_sequence(sequence *s)
{
    free_lanes(s->lanes);
    free(s);
}

void sequence_start(sequence *s, int first, int n, const float *labels)
{
    s->first = first;
    s->n = n;
    s->position = -1;
    lanes_start_images(s->lanes, n, labels, labels ? n : 0);
}

static int positions_of(const packed_net *p) { return p->colours * p->h * p->w; }

int sequence_next(sequence *s)
{
    const packed_net *p = s->p;
    if (s->position + 1 >= positions_of(p)) return 0;
    int pixel = ++s->position / p->colours;
    s->colour = s->position % p->colours;
    s->row = pixel / p->w;
    s->column = pixel % p->w;
    if (s->column == 0 && s->colour == 0) lanes_start_row(s->lanes, s->row);
    lanes_start_value(s->lanes, s->column, s->colour);
    for (int i = 0; i < s->n; ++i) check_logits(s->first + i, s->position, sequence_logits(s, i), p->levels);
    return 1;
}

int sequence_position(const sequence *s) { return s->position; }

int sequence_offset(const sequence *s) { return (s->colour * s->p->h + s->row) * s->p->w + s->column; }

const float *sequence_logits(const sequence *s, int i) { return lanes_logits(s->lanes, i, s->colour); }

void sequence_put(sequence *s, int i, int level)
{
    lanes_put_value(s->lanes, i, s->column, s->colour, input_of_level(level, s->p->levels));
}

/* ---- all at once, by all threads ---- */

/* A request under way, and what its parts share. */
typedef struct {
    const packed_net *p;
    const sequential_request *w;
    int classes, blocks;
    int next;              // block
    int result;            // of the caller's function, the first that is not 0
    sequence **sequences;  // of each part
    unsigned char *levels; // (parts, together)
} coding;

static void make_part(void *context, int part)
{
    coding *d = context;
    d->sequences[part] = make_sequence(d->p, d->w->together);
}

static void free_part(void *context, int part) { free_sequence(((coding *)context)->sequences[part]); }

static int is_ended(const coding *d, int part)
{
    return __atomic_load_n(&d->result, __ATOMIC_RELAXED) || (part ? is_cancelled() : ask_cancel());
}

static value_block block_at(const coding *d, int block, int part)
{
    int first = block * d->w->together, left = d->w->n - first;
    return (value_block){.block = block,
                         .first = first,
                         .n = left < d->w->together ? left : d->w->together,
                         .levels = d->p->levels,
                         .level = d->levels + (size_t)part * d->w->together};
}

static void code_block(coding *d, int block, int part)
{
    sequence *s = d->sequences[part];
    value_block v = block_at(d, block, part);
    int row = d->p->w * d->p->colours, none = 0;
    sequence_start(s, v.first, v.n, d->w->labels ? d->w->labels + (size_t)v.first * d->classes : 0);
    while (!is_ended(d, part) && sequence_next(s)) {
        v.position = sequence_position(s);
        v.offset = sequence_offset(s);
        v.logits = sequence_logits(s, 0);
        v.step = v.n > 1 ? sequence_logits(s, 1) - v.logits : 0;
        int result = d->w->code(d->w->context, &v);
        if (result) __atomic_compare_exchange_n(&d->result, &none, result, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
        for (int i = 0; !result && i < v.n; ++i) sequence_put(s, i, v.level[i]);
        if (v.position % row == row - 1) count_progress((long)v.n * row);
    }
}

static void code_part(void *context, int part)
{
    coding *d = context;
    for (int block; (block = __atomic_fetch_add(&d->next, 1, __ATOMIC_RELAXED)) < d->blocks;)
        code_block(d, block, part);
}

int evaluate_sequentially(network *net, const sequential_request *w)
{
    if (ask_cancel() || w->n < 1) return 0;
    pull_net(net);
    packed_net *p = pack_net(net);
    int blocks = (w->n - 1) / w->together + 1, parts = blocks < max_threads() ? blocks : max_threads();
    coding d = {.p = p, .w = w, .classes = p->embed ? p->embed->classes : 0, .blocks = blocks};
    require_lanes(p, w->together, parts, "sequential evaluation");
    d.sequences = checked_calloc(parts, sizeof *d.sequences);
    d.levels = checked_calloc(parts, w->together);
    run_parts(parts, (phase[]){make_part, code_part, free_part, 0}, &d);
    free(d.levels);
    free(d.sequences);
    free_packed_net(p);
    return d.result;
}

/* ---- from logits to levels ---- */

int level_shares(const float *logits, int levels, float *share)
{
    int top = tempered_shares(logits, levels, 1, share);
    memset(share + levels, 0, (MOST_LEVELS - levels) * sizeof(float));
    return top;
}

double level_nats(const float *logits, int levels, int level)
{
    float share[MOST_LEVELS];
    double sum = 0;
    int top = tempered_shares(logits, levels, 1, share);
    for (int l = 0; l < levels; ++l) sum += share[l];
    return nats_of_level(logits[level], logits[top], 1, sum);
}
