#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "layers/math/fourier_math.h"
#include "layers/math/levels.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/sample/draw_level.h"
#include "pixelcnn/sample/plan_gpu.h"

/* One row for each kind of layer behind the image, from its own file. */
extern const form_gpu vstack_form_gpu, hstack_form_gpu, skip_sum_form_gpu, head_conv_form_gpu, activation_form_gpu;
static const form_gpu *const forms[] = {&vstack_form_gpu,    &hstack_form_gpu,     &skip_sum_form_gpu,
                                        &head_conv_form_gpu, &activation_form_gpu, 0};

/* ---- features and constants ---- */

void *plan_bytes_gpu(plan_gpu *s, size_t bytes)
{
    s->blocks = checked_realloc(s->blocks, (s->nblocks + 1) * sizeof *s->blocks);
    return s->blocks[s->nblocks++] = bytes_gpu(bytes);
}

/* To the next 256 bytes, so that quads can be read wherever channels are padded. */
static size_t take_floats(plan_gpu *s, size_t n)
{
    size_t first = s->lane_floats;
    s->lane_floats += aligned_gpu(n);
    return first;
}

row_array make_ring(plan_gpu *s, margins kept, int pixel)
{
    row_array a = {.pixel = pixel, .rows = kept.rows, .left = kept.left};
    a.row = (size_t)(kept.left + s->p->w + kept.right) * pixel;
    a.lane = aligned_gpu(a.row * kept.rows);
    a.first = take_floats(s, a.lane);
    return a;
}

/* One row; columns 1: the same for all columns. */
static row_array make_row(plan_gpu *s, int columns, int pixel)
{
    row_array a = {.lane = aligned_gpu((size_t)columns * pixel), .pixel = columns > 1 ? pixel : 0, .rows = 1};
    a.first = take_floats(s, a.lane);
    return a;
}

row_array source_rows(const plan_gpu *s, int i, int source)
{
    int from = s->p->layers[i].sources->source[source].from;
    return from == FROM_IMAGE ? s->image : s->layers[from].rows;
}

row_features features_gpu(const plan_gpu *s, row_array a)
{
    row_features f = {.lane = a.lane, .row = a.row, .pixel = a.pixel, .rows = a.rows};
    if (a.lane) f.x = s->rows + a.first * s->lanes + (size_t)a.left * a.pixel + a.at;
    return f;
}

void *grow_array(grown *g, size_t n, size_t size)
{
    if (g->n + n > g->room) {
        g->room = 2 * (g->n + n);
        g->x = checked_realloc(g->x, g->room * size);
    }
    g->n += n;
    return (char *)g->x + (g->n - n) * size;
}

/* Returns where they are among the constants, in floats. */
static size_t keep_words(plan_gpu *s, const void *x, size_t n)
{
    size_t at = s->constants.n, all = aligned_gpu(n);
    float *to = grow_array(&s->constants, all, sizeof(float));
    memcpy(to, x, n * sizeof(float));
    memset(to + n, 0, (all - n) * sizeof(float));
    return at;
}

static const void *constants_at(const plan_gpu *s, size_t at) { return s->constants_gpu + at; }

/* ---- maps of rows ---- */

row_launch make_row_launch(plan_gpu *s, const panel *map, const float *b, int back)
{
    row_launch l = {
        .m = {.nruns = map->nsegments, .depth = map->depth, .outputs = map->rows, .back = back, .columns = s->p->w},
        .has_b = b != 0};
    _Static_assert(sizeof(panel_segment) % sizeof(float) == 0, "constants are words");
    l.runs = keep_words(s, map->segments, map->nsegments * (sizeof(panel_segment) / sizeof(float)));
    l.w = keep_words(s, map->w, (size_t)map->rows * map->depth);
    if (b) l.b = keep_words(s, b, map->rows);
    return l;
}

void make_term(plan_gpu *s, int i, int back)
{
    const panel *map = &s->p->layers[i].label;
    plan_layer *l = s->layers + i;
    if (!map->rows) return;
    int columns = is_spatial(s->p) ? s->p->w : 1;
    l->term = make_row_launch(s, map, 0, back);
    l->term.m.columns = columns;
    l->term.in = s->hidden;
    l->term.out = make_row(s, columns, map->rows);
}

static void make_label(plan_gpu *s)
{
    const label_embed *e = s->p->embed;
    if (!e) return;
    s->t = s->hidden = make_row(s, 1, e->classes);
    if (!e->size) return;
    int columns = e->spatial ? s->p->w : 1, height = e->spatial ? s->p->h : 1;
    s->hidden = make_row(s, columns, e->size);
    s->table = keep_words(s, e->base.params[0].value, e->base.params[0].n);
    s->embed = (label_row){.columns = columns, .height = height, .classes = e->classes, .size = e->size};
}

/* ---- the plan ---- */

static const form_gpu *form_of(const plan_gpu *s, int i)
{
    const layer *l = s->p->layers[i].l;
    for (int k = 0; forms[k]; ++k)
        if (forms[k]->type == l->type) return forms[k];
    die("layer %d, [%s], has no cached form on a device: sample with -nogpu (plan_gpu.c)", i, section_of(l));
}

static void make_layers(plan_gpu *s)
{
    const packed_net *p = s->p;
    for (int i = 0; i < p->n; ++i)
        if (p->layers[i].form && form_of(s, i)->reserve) form_of(s, i)->reserve(s, i);
    s->image = make_ring(s, p->wiring->image.around, layout_floats(p->seen));
    s->walked_image = make_walked(s, p->wiring->image.around.left + 1, layout_floats(p->seen));
    s->a = make_row(s, p->w, s->widest);
    s->starts = make_row(s, p->w, s->nstarts);
    s->loaded = make_walked(s, 1, s->nstarts);
    s->z = make_walked(s, 1, s->widest_gate);
    make_label(s);
    for (int i = 0; i < p->n; ++i)
        if (p->layers[i].form) form_of(s, i)->make(s, i);
}

/* At each pixel: for each colour all layers that are computed value by value, then its draw. */
static void make_program(plan_gpu *s)
{
    const packed_net *p = s->p;
    int seen = group_floats(p->seen), last = p->n - 1;
    add_plain_step(s, &(plain_step){.kind = LOAD_STARTS, .from = s->loaded, .to = s->loaded});
    for (int k = 0; k < p->colours; ++k) {
        for (int i = 0; i < p->n; ++i)
            if (p->layers[i].form && form_of(s, i)->value) form_of(s, i)->value(s, i, k);
        add_plain_step(s, &(plain_step){.kind = DRAW,
                                        .from = s->layers[last].out,
                                        .at_from = k * group_floats(p->layers[last].out),
                                        .to = s->walked_image,
                                        .at_to = k * seen,
                                        .n = seen,
                                        .colour = k});
    }
    order_chunks(s);
    s->program[0] = keep_words(s, s->steps.x, s->steps.n * (sizeof(row_step) / sizeof(float)));
    s->program[1] = keep_words(s, s->places.x, s->places.n * (sizeof(row_place) / sizeof(float)));
    s->program[2] = keep_words(s, s->weights.x, s->weights.n);
}

static void make_walk(plan_gpu *s)
{
    const packed_net *p = s->p;
    row_walk *w = &s->walk;
    w->nsteps = (int)s->steps.n;
    w->nplaces = (int)s->places.n;
    w->nstarts = s->nstarts;
    w->first_start = s->loaded.first;
    w->floats = s->walk_floats;
    w->colours = p->colours;
    w->height = p->h;
    w->width = p->w;
    w->levels = p->levels;
    w->features = group_floats(p->seen);
}

plan_gpu *make_plan_gpu(const packed_net *p)
{
    plan_gpu *s = checked_calloc(1, sizeof *s);
    s->p = p;
    s->layers = checked_calloc(p->n, sizeof *s->layers);
    make_layers(s);
    make_program(s);
    make_walk(s);
    return s;
}

/* (levels, features): the input of the stacks for each level. */
static const float *level_inputs(plan_gpu *plan, int levels, int octaves)
{
    int width = fourier_width(octaves), n = levels * width;
    float x[MOST_LEVELS * (1 + 2 * MOST_OCTAVES)], *device = plan_bytes_gpu(plan, n * sizeof(float));
    for (int q = 0; q < levels; ++q) fourier_features(input_of_level(q, levels), octaves, x + q * width, 1);
    push_gpu(device, x, n);
    return device;
}

static void open_launch(const plan_gpu *s, row_launch *l)
{
    if (!l->m.outputs) return;
    l->m.at = s->at;
    l->m.lanes = s->lanes;
    l->m.runs = constants_at(s, l->runs);
    l->m.w = constants_at(s, l->w);
    l->m.b = l->has_b ? constants_at(s, l->b) : 0;
    l->m.in = features_gpu(s, l->in);
    l->m.add = features_gpu(s, l->add);
    l->m.label = features_gpu(s, l->label);
    l->m.out = features_gpu(s, l->out);
    l->m.gated = features_gpu(s, l->gated);
}

void open_plan_gpu(plan_gpu *s, int lanes)
{
    s->lanes = lanes;
    s->at = plan_bytes_gpu(s, sizeof *s->at);
    s->rows = plan_bytes_gpu(s, s->lane_floats * lanes * sizeof(float));
    s->constants_gpu = plan_bytes_gpu(s, s->constants.n * sizeof(float));
    push_gpu(s->constants_gpu, s->constants.x, s->constants.n);
    for (int i = 0; i < s->p->n; ++i) {
        plan_layer *l = s->layers + i;
        row_launch *const launches[] = {&l->term, l->row, l->row + 1, &l->take};
        for (int k = 0; k < 4; ++k) open_launch(s, launches[k]);
    }
    s->embed.at = s->at;
    s->embed.lanes = lanes;
    s->embed.t = features_gpu(s, s->t).x;
    s->embed.h = features_gpu(s, s->hidden).x;
    s->embed.t_lane = s->t.lane;
    s->embed.h_lane = s->hidden.lane;
    s->embed.e = constants_at(s, s->table);
    row_walk *w = &s->walk;
    w->lanes = lanes;
    w->inputs = level_inputs(s, s->p->levels, s->p->octaves);
    w->at = s->at;
    w->steps = constants_at(s, s->program[0]);
    w->places = constants_at(s, s->program[1]);
    w->weights = constants_at(s, s->program[2]);
    w->starts = features_gpu(s, s->starts);
    w->image = features_gpu(s, s->image);
}

void free_plan_gpu(plan_gpu *s)
{
    for (int i = 0; i < s->nblocks; ++i) free_gpu(s->blocks[i]);
    free(s->blocks);
    free(s->steps.x);
    free(s->places.x);
    free(s->weights.x);
    free(s->constants.x);
    free(s->layers);
    free(s);
}
