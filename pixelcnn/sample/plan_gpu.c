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
    s->blocks = checked_realloc(s->blocks, (s->nblocks + 1) * sizeof *s->blocks);
    return s->blocks[s->nblocks++] = bytes_gpu(bytes);
}

/* Room for n floats that push_weights copies: the device's address, and where they are until then. In the
   first round there is neither. */
static const float *weight_floats(plan_gpu *s, size_t n, float **on_host)
{
    const float *on_device = arena_floats(&s->weights, n);
    *on_host = on_device ? s->packed + (on_device - s->weights.base) : 0;
    return on_device;
}

static const float *keep_weights(plan_gpu *s, const float *x, size_t n)
{
    float *to;
    const float *on_device = weight_floats(s, n, &to);
    if (to) memcpy(to, x, n * sizeof(float));
    return on_device;
}

feature_view make_ring(plan_gpu *s, margins kept, int channels)
{
    feature_view f = {.rows = kept.rows, .columns = kept.left + s->p->w + kept.right};
    f.channel = (size_t)f.columns * s->lanes;
    f.row = channels * f.channel;
    f.x = arena_floats(&s->rings, kept.rows * f.row);
    if (f.x) f.x += (size_t)kept.left * s->lanes;
    return f;
}

feature_view make_plane(plan_gpu *s, int channels, int columns)
{
    feature_view f = {.rows = 1, .columns = columns, .channel = (size_t)(columns ? columns : 1) * s->lanes};
    f.row = channels * f.channel;
    f.x = arena_floats(&s->planes, f.row);
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

int channels_of_layer(const plan_gpu *s, int i)
{
    const layer *l = s->p->layers[i].l;
    return l == &s->p->copy ? s->p->layers[s->p->copied.from].l->out_c : l->out_c;
}

/* The rows of a tile in an array; NULL: none. */
static void rows_of_tile(const affine *m, const weight_rows *r, int tile, const float *row[ROW_TILE])
{
    int half = r->of.half ? m->tile / 2 : m->tile, length = r->cin * r->taps;
    for (int o = 0; o < m->tile; ++o) {
        int c = tile * half + o % half;
        row[o] = c < r->of.n ? r->x + (size_t)(r->of.first + c + (o < half ? 0 : r->of.half)) * length : 0;
    }
}

/* The array as (tiles, depth, tile). */
static const float *keep_tiles(plan_gpu *s, const affine *m, const weight_rows *r)
{
    int rows = rows_of(r->of), tiles = (rows + m->tile - 1) / m->tile, depth = r->cin * (r->taps - 1) + r->last;
    float *to;
    const float *on_device = weight_floats(s, (size_t)tiles * depth * m->tile, &to);
    for (int t = 0; to && t < tiles; ++t) {
        const float *row[ROW_TILE];
        rows_of_tile(m, r, t, row);
        for (int j = 0; j < r->taps; ++j)
            for (int k = j, end = j + r->taps * (j + 1 < r->taps ? r->cin : r->last); k < end; k += r->taps)
                for (int o = 0; o < m->tile; ++o) *to++ = row[o] ? row[o][k] : 0;
    }
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

launch launch_with(plan_gpu *s, affine m, const weight_rows *w, const float *b)
{
    m.w = keep_tiles(s, &m, w);
    if (b) m.b = keep_tiles(s, &m, &(weight_rows){w->of, b, 1, 1, 1});
    return (launch){m, w->of.half > 0};
}

void make_term(plan_gpu *s, int i, const label_link *k)
{
    plan_layer *l = s->layers + i;
    if (!k->v) return;
    l->terms = make_plane(s, k->rows, term_columns(s->p));
    l->term = launch_with(s, new_affine(s, 0, k->width, s->hidden, l->terms, k->rows),
                          &(weight_rows){{0, k->rows, 0}, k->v->value, k->width, 1, k->width}, 0);
}

static void make_spatial(plan_gpu *s, const label_embed *e)
{
    const param *table = e->base.params;
    s->spatial = (spatial_label){.at = s->at,
                                 .lanes = s->lanes,
                                 .columns = s->p->w,
                                 .height = s->p->h,
                                 .classes = e->classes,
                                 .size = e->size,
                                 .t = s->t.x,
                                 .e = keep_weights(s, table->value, table->n),
                                 .h = s->hidden.x};
}

static void make_label(plan_gpu *s)
{
    const packed_net *p = s->p;
    const label_embed *e = p->embed;
    if (!e) return;
    s->t = s->hidden = make_plane(s, e->classes, 0);
    if (!e->size) return;
    s->hidden = make_plane(s, e->size, term_columns(p));
    if (e->spatial) {
        make_spatial(s, e);
        return;
    }
    float *w = checked_calloc((size_t)e->size * e->classes, sizeof(float));
    for (int d = 0; d < e->size; ++d)
        for (int k = 0; k < e->classes; ++k) w[d * e->classes + k] = e->base.params->value[k * e->size + d];
    s->embed = launch_with(s, new_affine(s, 0, e->classes, s->t, s->hidden, e->size),
                           &(weight_rows){{0, e->size, 0}, w, e->classes, 1, e->classes}, 0)
                   .m;
    free(w);
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

/* The first round: what the arenas will have to hold. */
static plan_gpu *count_plan(const packed_net *p, int lanes)
{
    plan_gpu *s = checked_calloc(1, sizeof *s);
    *s = (plan_gpu){.p = p, .lanes = lanes};
    s->layers = checked_calloc(p->n, sizeof *s->layers);
    make_layers(s);
    return s;
}

plan_gpu *make_plan_gpu(const packed_net *p, int lanes)
{
    plan_gpu *s = count_plan(p, lanes);
    open_arena(&s->rings);
    open_arena(&s->planes);
    s->packed = checked_calloc(s->weights.floats + 1, sizeof(float));
    open_arena(&s->weights);
    s->at = plan_bytes_gpu(s, sizeof *s->at);
    s->widest = s->group = 0;
    memset(s->layers, 0, p->n * sizeof *s->layers);
    make_layers(s);
    push_gpu(s->weights.base, s->packed, s->weights.floats);
    free(s->packed);
    return s;
}

size_t lane_bytes_gpu(const packed_net *p)
{
    plan_gpu *s = count_plan(p, 1);
    size_t n = s->rings.floats + s->planes.floats;
    free_plan_gpu(s);
    return n * sizeof(float) + p->colours * p->h * p->w + sizeof(double); // levels and nll
}

void free_plan_gpu(plan_gpu *s)
{
    for (int i = 0; i < s->nblocks; ++i) free_gpu(s->blocks[i]);
    free_gpu(s->rings.base);
    free_gpu(s->planes.base);
    free_gpu(s->weights.base);
    free(s->layers);
    free(s->blocks);
    free(s);
}
