#include <string.h>
#include "base/calls_gpu.h"
#include "base/errors.h"
#include "base/memory.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/sample/plan_gpu.h"

enum { ROW_TILE = 8, PIXEL_TILE = 4, WIDE_LANES = 512 };

/* One row for each kind of layer behind the image, from its own file. */
extern const form_gpu vstack_form_gpu, hstack_form_gpu, skip_sum_form_gpu, head_conv_form_gpu, activation_form_gpu;
static const form_gpu *const forms[] = {&vstack_form_gpu,    &hstack_form_gpu,     &skip_sum_form_gpu,
                                        &head_conv_form_gpu, &activation_form_gpu, 0};

/* ---- memory and features ---- */

void *plan_bytes_gpu(plan_gpu *s, size_t bytes)
{
    if (s->counting) return 0;
    s->blocks = checked_realloc(s->blocks, (s->nblocks + 1) * sizeof *s->blocks);
    return s->blocks[s->nblocks++] = bytes_gpu(bytes);
}

static const float *push(plan_gpu *s, const float *x, size_t n)
{
    if (s->counting) return 0;
    float *on_device = plan_bytes_gpu(s, n * sizeof(float));
    push_gpu(on_device, x, n);
    return on_device;
}

static float *field_floats(plan_gpu *s, size_t n)
{
    s->counted += n;
    return plan_bytes_gpu(s, n * sizeof(float));
}

feature_view make_ring(plan_gpu *s, margins kept, int channels)
{
    feature_view f = {.rows = kept.rows, .columns = kept.left + s->p->w + kept.right};
    f.channel = (size_t)f.columns * s->lanes;
    f.row = channels * f.channel;
    f.x = field_floats(s, kept.rows * f.row);
    if (s->counting) return f;
    s->rings = checked_realloc(s->rings, (s->nrings + 1) * sizeof *s->rings);
    s->rings[s->nrings].n = kept.rows * f.row;
    s->rings[s->nrings++].x = f.x;
    f.x += (size_t)kept.left * s->lanes;
    return f;
}

feature_view make_plane(plan_gpu *s, int channels, int columns)
{
    feature_view f = {.rows = 1, .columns = columns, .channel = (size_t)(columns ? columns : 1) * s->lanes};
    f.row = channels * f.channel;
    f.x = field_floats(s, f.row);
    return f;
}

feature_view channels_from(feature_view f, size_t channel)
{
    if (f.x) f.x += channel * f.channel;
    return f;
}

feature_view source_features(const plan_gpu *s, int i, int source)
{
    int from = s->p->layers[i].sources->source[source].from;
    return from == FROM_IMAGE ? s->image : s->layers[from].kept;
}

static int term_columns(const packed_net *p) { return is_spatial(p) ? p->w : 0; }

/* ---- weights ---- */

static int rows_of(outputs o) { return o.half ? 2 * o.n : o.n; }
static int channel_of(outputs o, int row) { return row < o.n ? o.first + row : o.half + o.first + row - o.n; }

float *bias_of(outputs o, const float *b)
{
    float *x = checked_calloc(rows_of(o), sizeof(float));
    for (int i = 0; i < rows_of(o); ++i) x[i] = b[channel_of(o, i)];
    return x;
}

float *weights_of(outputs o, const float *w, int cin, int taps, int last)
{
    int depth = cin * (taps - 1) + last, n = rows_of(o);
    float *x = checked_calloc((size_t)n * depth, sizeof(float)), *to = x;
    for (int i = 0; i < n; ++i)
        for (int k = 0; k < depth; ++k) *to++ = w[((size_t)channel_of(o, i) * cin + k % cin) * taps + k / cin];
    return x;
}

/* Row o of a tile, or -1: none. */
static int row_of_tile(const affine *m, int gated, int tile, int o)
{
    int half = gated ? m->tile / 2 : m->tile, c = tile * half + o % half;
    return c >= m->outputs ? -1 : o < half ? c : m->outputs + c;
}

/* x (rows, depth) as (tiles, depth, tile) on the device. */
static const float *push_tiles(plan_gpu *s, const affine *m, int gated, const float *x, int depth)
{
    int rows = m->outputs * (gated ? 2 : 1), tiles = (rows + m->tile - 1) / m->tile;
    size_t n = (size_t)tiles * depth * m->tile;
    float *packed = checked_calloc(n, sizeof(float));
    for (int t = 0; t < tiles; ++t)
        for (int o = 0; o < m->tile; ++o) {
            int row = row_of_tile(m, gated, t, o);
            for (int k = 0; row >= 0 && k < depth; ++k)
                packed[((size_t)t * depth + k) * m->tile + o] = x[(size_t)row * depth + k];
        }
    const float *on_device = push(s, packed, n);
    free(packed);
    return on_device;
}

/* ---- affine operations ---- */

affine new_affine(const plan_gpu *s, int pixel, int channels, feature_view in, feature_view out, int n)
{
    int tile = !pixel || s->lanes >= WIDE_LANES ? ROW_TILE : PIXEL_TILE;
    return (affine){.at = s->at,
                    .pixel = pixel,
                    .lanes = s->lanes,
                    .wide = pixel || !out.columns ? s->lanes : s->lanes * s->p->w,
                    .in = in,
                    .down = 1,
                    .across = 1,
                    .channels = channels,
                    .last = channels,
                    .depth = channels,
                    .outputs = n,
                    .tile = tile,
                    .out = out,
                    .activation = LINEAR};
}

void set_taps(const plan_gpu *s, affine *m, const causal_conv *k, int last)
{
    m->down = k->kh;
    m->across = k->kw;
    m->top = k->top;
    m->row_step = k->d;
    m->first = -(ptrdiff_t)k->left * s->lanes;
    m->tap_step = (ptrdiff_t)k->d * s->lanes;
    m->last = last;
    m->depth = k->cin * (k->kh * k->kw - 1) + last;
}

launch launch_with(plan_gpu *s, affine m, int gated, float *w, float *b)
{
    m.w = push_tiles(s, &m, gated, w, m.depth);
    m.b = b ? push_tiles(s, &m, gated, b, 1) : 0;
    free(w);
    free(b);
    return (launch){m, gated};
}

void make_term(plan_gpu *s, int i, const label_link *k)
{
    plan_layer *l = s->layers + i;
    if (!k->v) return;
    l->terms = make_plane(s, k->rows, term_columns(s->p));
    l->term = launch_with(s, new_affine(s, 0, k->width, s->hidden, l->terms, k->rows), 0,
                          weights_of((outputs){0, k->rows, 0}, k->v->value, k->width, 1, k->width), 0);
}

static void make_label(plan_gpu *s)
{
    const packed_net *p = s->p;
    const label_embed *e = p->embed;
    if (!e) return;
    s->t = s->hidden = make_plane(s, e->classes, 0);
    if (!e->size) return;
    const param *table = e->base.params;
    s->hidden = make_plane(s, e->size, term_columns(p));
    if (e->spatial) {
        s->spatial = (spatial_label){.at = s->at,
                                     .lanes = s->lanes,
                                     .columns = p->w,
                                     .height = p->h,
                                     .classes = e->classes,
                                     .size = e->size,
                                     .t = s->t.x,
                                     .e = push(s, table->value, table->n),
                                     .h = s->hidden.x};
        return;
    }
    float *w = checked_calloc((size_t)e->size * e->classes, sizeof(float));
    for (int d = 0; d < e->size; ++d)
        for (int k = 0; k < e->classes; ++k) w[d * e->classes + k] = table->value[k * e->size + d];
    s->embed = new_affine(s, 0, e->classes, s->t, s->hidden, e->size);
    s->embed = launch_with(s, s->embed, 0, w, 0).m;
}

/* ---- the plan ---- */

static const form_gpu *form_of(const layer *l, int index)
{
    for (int i = 0; forms[i]; ++i)
        if (forms[i]->type == l->type) return forms[i];
    die("layer %d, [%s], has no cached form on a device: sample with -nogpu (plan_gpu.c)", index, section_of(l));
}

static void make_layers(plan_gpu *s)
{
    const packed_net *p = s->p;
    for (int i = 0; i < p->n; ++i) {
        if (!p->layers[i].form) continue;
        const form_gpu *form = form_of(p->layers[i].l, i);
        if (form->reserve) form->reserve(s, i);
    }
    s->image = make_ring(s, p->wiring->image.around, p->seen.n);
    s->a = make_plane(s, s->widest, p->w);
    s->g = make_plane(s, s->group * p->colours, 0);
    make_label(s);
    for (int i = 0; i < p->n; ++i)
        if (p->layers[i].form) form_of(p->layers[i].l, i)->make(s, i);
    int first = 0;
    while (!s->layers[first].value[0][0].m.outputs) ++first;
    for (int k = 0; k < p->colours; ++k) s->layers[first].value[k][0].m.counts = 1;
}

static plan_gpu *new_plan(const packed_net *p, int lanes, int counting)
{
    plan_gpu *s = checked_calloc(1, sizeof *s);
    *s = (plan_gpu){.p = p, .lanes = lanes, .counting = counting};
    s->at = plan_bytes_gpu(s, sizeof *s->at);
    s->layers = checked_calloc(p->n, sizeof *s->layers);
    make_layers(s);
    return s;
}

plan_gpu *make_plan_gpu(const packed_net *p, int lanes) { return new_plan(p, lanes, 0); }

size_t lane_bytes_gpu(const packed_net *p)
{
    plan_gpu *s = new_plan(p, 1, 1);
    size_t n = s->counted;
    free_plan_gpu(s);
    return n * sizeof(float) + p->colours * p->h * p->w + sizeof(double); // levels and nll
}

void free_plan_gpu(plan_gpu *s)
{
    for (int i = 0; i < s->nblocks; ++i) free_gpu(s->blocks[i]);
    for (int i = 0; i < s->p->n; ++i) free(s->layers[i].own);
    free(s->layers);
    free(s->blocks);
    free(s->rings);
    free(s);
}
