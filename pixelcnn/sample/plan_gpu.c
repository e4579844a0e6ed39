#include <string.h>
#include "base/calls_gpu.h"
#include "layers/skip_sum_layer.h"
#include "pixelcnn/sample/plan_gpu.h"

enum { ROW_TILE = 8, PIXEL_TILE = 4, WIDE_LANES = 512 };

/* ---- memory and fields ---- */

void *plan_bytes_gpu(plan_gpu *s, size_t bytes)
{
    s->blocks = checked_realloc(s->blocks, (s->nblocks + 1) * sizeof *s->blocks);
    return s->blocks[s->nblocks++] = bytes_gpu(bytes);
}

static const float *push(plan_gpu *s, const float *x, size_t n)
{
    float *on_device = plan_bytes_gpu(s, n * sizeof(float));
    push_gpu(on_device, x, n);
    return on_device;
}

static size_t ring_floats(const packed_net *p, margins kept, int channels)
{
    return (size_t)kept.rows * channels * (kept.left + p->w + kept.right);
}

/* The last rows of some features, zero when an image starts. */
static field make_ring(plan_gpu *s, margins kept, int channels)
{
    size_t n = ring_floats(s->p, kept, channels) * s->lanes;
    field f = {.rows = kept.rows, .columns = kept.left + s->p->w + kept.right};
    f.channel = (size_t)f.columns * s->lanes;
    f.row = channels * f.channel;
    s->rings = checked_realloc(s->rings, (s->nrings + 1) * sizeof *s->rings);
    s->rings[s->nrings].n = n;
    f.x = s->rings[s->nrings++].x = plan_bytes_gpu(s, n * sizeof(float));
    f.x += (size_t)kept.left * s->lanes;
    return f;
}

/* Features of one row, or (columns 0) of one pixel. */
static field make_plane(plan_gpu *s, int channels, int columns)
{
    field f = {.rows = 1, .columns = columns, .channel = (size_t)(columns ? columns : 1) * s->lanes};
    f.row = channels * f.channel;
    f.x = plan_bytes_gpu(s, f.row * sizeof(float));
    return f;
}

static field channels_from(field f, size_t channel)
{
    f.x += channel * f.channel;
    return f;
}

static int is_spatial(const packed_net *p) { return p->embed && p->embed->spatial; }
static int term_columns(const packed_net *p) { return is_spatial(p) ? p->w : 0; }

/* Channels of v', or of x' and g. */
static int vertical_width(const packed_vstack *q) { return q->layer->conv.cout / 2; }
static int horizontal_width(const packed_hstack *q) { return q->layer->conv.cout / 2; }

/* Channels of step i of the head. */
static int step_width(const packed_net *p, int i) { return p->steps[i].out.n; }

size_t lane_bytes_gpu(const packed_net *p)
{
    int columns = is_spatial(p) ? p->w : 1, widest = 0;
    size_t n = ring_floats(p, p->image, p->seen.n) + (size_t)p->label * (columns + 1);
    if (p->embed) n += p->embed->classes;
    for (int i = 0; i < p->nv; ++i) {
        const packed_vstack *q = p->v + i;
        int f = vertical_width(q);
        n += ring_floats(p, q->kept, f) + (q->layer->factored ? ring_floats(p, q->kept_u, f) : 0) + 2 * f * columns;
        widest = f > widest ? f : widest;
    }
    for (int i = 0; i < p->nh; ++i) {
        int f = horizontal_width(p->horizontal + i);
        n += ring_floats(p, p->horizontal[i].kept, f) + 2 * f * (p->w + columns) + f;
    }
    for (int i = 0; i < p->nsteps; ++i) n += step_width(p, i);
    n += 2 * widest * p->w;
    return n * sizeof(float) + p->colours * p->h * p->w + sizeof(double); // levels and nll
}

/* ---- weights ---- */

/* The outputs of a map: channels first .. first + n - 1 of an array, and if half > 0 as many from half + first on. */
typedef struct {
    int first, n, half;
} outputs;

static int rows_of(outputs o) { return o.half ? 2 * o.n : o.n; }
static int channel_of(outputs o, int row) { return row < o.n ? o.first + row : o.half + o.first + row - o.n; }

static float *bias_of(outputs o, const float *b)
{
    float *x = checked_calloc(rows_of(o), sizeof(float));
    for (int i = 0; i < rows_of(o); ++i) x[i] = b[channel_of(o, i)];
    return x;
}

/* (rows, depth): the rows of outputs o of an array (cout, cin, taps), tap by tap, of the last tap only `last` channels. */
static float *weights_of(outputs o, const float *w, int cin, int taps, int last)
{
    int depth = cin * (taps - 1) + last, n = rows_of(o);
    float *x = checked_calloc((size_t)n * depth, sizeof(float)), *to = x;
    for (int i = 0; i < n; ++i)
        for (int k = 0; k < depth; ++k) *to++ = w[((size_t)channel_of(o, i) * cin + k % cin) * taps + k / cin];
    return x;
}

/* The row at place o of a tile, or -1: none. */
static int row_of_tile(const map *m, int gated, int tile, int o)
{
    int half = gated ? m->tile / 2 : m->tile, c = tile * half + o % half;
    return c >= m->outputs ? -1 : o < half ? c : m->outputs + c;
}

/* x (rows, depth) as (tiles, depth, tile) on the device. */
static const float *push_tiles(plan_gpu *s, const map *m, int gated, const float *x, int depth)
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

/* Sets the weights (rows, depth) and bias (rows), or NULL, of a map whose other members are set; frees both. */
static void set_weights(plan_gpu *s, map *m, int gated, float *w, float *b)
{
    m->w = push_tiles(s, m, gated, w, m->depth);
    m->b = b ? push_tiles(s, m, gated, b, 1) : 0;
    free(w);
    free(b);
}

/* ---- maps ---- */

/* A map of whole rows, or of one pixel, with one tap. */
static map new_map(const plan_gpu *s, int pixel, int channels, field in, field out, int n)
{
    int tile = !pixel || s->lanes >= WIDE_LANES ? ROW_TILE : PIXEL_TILE;
    return (map){.at = s->at,
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

/* The taps of a kernel, the last one with fewer channels. */
static void set_taps(const plan_gpu *s, map *m, const causal_conv *k, int last)
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

/* V h, V (2F, D), for layers with a label. */
static void make_term(plan_gpu *s, const label_link *k, map *term, field *terms)
{
    if (!k->v) return;
    outputs o = {0, k->rows, 0};
    *terms = make_plane(s, k->rows, term_columns(s->p));
    *term = new_map(s, 0, k->width, s->hidden, *terms, k->rows);
    set_weights(s, term, 0, weights_of(o, k->v->value, k->width, 1, k->width), 0);
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
    s->embed = new_map(s, 0, e->classes, s->t, s->hidden, e->size);
    set_weights(s, &s->embed, 0, w, 0);
}

static void make_vertical(plan_gpu *s, int i)
{
    const packed_vstack *q = s->p->v + i;
    const gated_vstack *v = q->layer;
    vertical_gpu *own = s->v + i;
    int f = vertical_width(q), taps = v->conv.kh * v->conv.kw;
    field in = q->from == FROM_IMAGE ? s->image : s->v[q->from].kept;
    if (v->output_used) own->kept = make_ring(s, q->kept, f);
    if (v->output_used) make_term(s, &v->label, &own->term, &own->terms);
    if (v->factored) {
        outputs o = {0, f, 0};
        own->u = make_ring(s, q->kept_u, f);
        own->first = new_map(s, 0, v->first.cin, in, own->u, f);
        own->first.back = 1;
        set_taps(s, &own->first, &v->first, v->first.cin);
        set_weights(s, &own->first, 0, weights_of(o, v->w1->value, v->first.cin, v->first.kw, v->first.cin),
                    bias_of(o, v->b1->value));
        in = own->u;
    }
    outputs o = {0, f, f};
    own->conv = new_map(s, 0, v->conv.cin, in, own->kept, f);
    own->conv.wide = s->lanes * s->p->w;
    own->conv.back = 1;
    own->conv.half = f;
    own->conv.whole = s->a;
    own->conv.label = own->terms;
    set_taps(s, &own->conv, &v->conv, v->conv.cin);
    set_weights(s, &own->conv, 1, weights_of(o, v->w->value, v->conv.cin, taps, v->conv.cin), bias_of(o, v->b->value));
}

/* Channels of the current pixel that colour group k sees: those that the mask allows. */
static int last_channels(const gated_hstack *h, int colours, int k)
{
    const causal_conv *c = &h->conv;
    if (colours == 1 || (c->kw - 1) * c->d != c->left) return c->cin;
    return c->cin / colours * (h->mask_a ? k : k + 1);
}

/* z and g of one colour group. */
static void make_gate(plan_gpu *s, int i, int k, field in)
{
    const gated_hstack *h = s->p->horizontal[i].layer;
    horizontal_gpu *own = s->h + i;
    int f = h->conv.cout / 2, n = f / s->p->colours, last = last_channels(h, s->p->colours, k);
    outputs o = {k * n, n, f};
    map *m = own->conv + k;
    *m = new_map(s, 1, h->conv.cin, in, channels_from(s->g, k * s->group + own->g), n);
    m->counts = i == 0;
    m->half = f;
    m->add = channels_from(own->start, k * n);
    set_taps(s, m, &h->conv, last);
    set_weights(s, m, 1, weights_of(o, h->w->value, h->conv.cin, h->conv.kw, last), 0);
}

/* x' of one colour group; the taps are the groups of g up to it. */
static void make_projection(plan_gpu *s, int i, int k, field in)
{
    const gated_hstack *h = s->p->horizontal[i].layer;
    horizontal_gpu *own = s->h + i;
    int f = h->out.cin, n = f / s->p->colours;
    outputs o = {k * n, n, 0};
    map *m = own->out + k;
    *m = new_map(s, 1, n, channels_from(s->g, own->g), channels_from(own->kept, k * n), n);
    m->across = k + 1;
    m->tap_step = (ptrdiff_t)s->group * s->lanes;
    m->depth = (k + 1) * n;
    if (h->residual) m->add = channels_from(in, k * n);
    set_weights(s, m, 0, weights_of(o, h->wr->value, f, 1, m->depth), bias_of(o, h->br->value));
}

static void make_horizontal(plan_gpu *s, int i)
{
    const packed_hstack *q = s->p->horizontal + i;
    const gated_hstack *h = q->layer;
    horizontal_gpu *own = s->h + i;
    int rows = h->conv.cout;
    field in = q->from == FROM_IMAGE ? s->image : s->h[q->from].kept;
    outputs o = {0, rows, 0};
    make_term(s, &h->label, &own->term, &own->terms);
    own->start = make_plane(s, rows, s->p->w);
    own->link = new_map(s, 0, h->link.cin, s->a, own->start, rows);
    own->link.add = own->terms;
    set_weights(s, &own->link, 0, weights_of(o, h->wl->value, h->link.cin, 1, h->link.cin), bias_of(o, h->b->value));
    if (h->output_used) own->kept = make_ring(s, q->kept, rows / 2);
    for (int k = 0; k < s->p->colours; ++k) {
        make_gate(s, i, k, in);
        if (h->output_used) make_projection(s, i, k, in);
    }
}

/* (n, depth): the weights of outputs first .. first + n - 1 for the groups of g up to k; zero for a layer that is not a source. */
static float *skip_weights(const plan_gpu *s, const packed_step *q, int first, int n, int k)
{
    int depth = (k + 1) * s->group;
    float *x = checked_calloc((size_t)n * depth, sizeof(float));
    for (int i = 0; i < q->sources; ++i) {
        int f = horizontal_width(s->p->horizontal + q->from[i]), part = f / s->p->colours;
        const float *w = skip_of(&s->net->layers[q->layer])->base.params[1 + i].value;
        for (int o = 0; o < n; ++o)
            for (int c = 0; c < (k + 1) * part; ++c)
                x[(size_t)o * depth + c / part * s->group + s->h[q->from[i]].g + c % part] = w[(first + o) * f + c];
    }
    return x;
}

/* Step i of the head for one colour group. */
static void make_step(plan_gpu *s, int i, int k)
{
    const packed_step *q = s->p->steps + i;
    const layer *l = q->layer < 0 ? 0 : s->net->layers + q->layer;
    int n = step_width(s->p, i) / s->p->colours;
    outputs o = {k * n, n, 0};
    field in = i ? s->steps[i - 1].out : s->p->head_from >= 0 ? s->h[s->p->head_from].kept : s->g;
    map *m = s->steps[i].of + k;
    *m = new_map(s, 1, (k + 1) * s->group, in, channels_from(s->steps[i].out, k * n), n);
    m->activation = q->activation;
    if (q->from) {
        set_weights(s, m, 0, skip_weights(s, q, k * n, n, k), bias_of(o, skip_of(l)->base.params[0].value));
    } else if (q->sources) {
        m->channels = m->last = m->depth = l->c / l->groups;
        m->in = channels_from(in, k * m->depth);
        set_weights(s, m, 0, weights_of(o, l->weights, m->depth, 1, m->depth), bias_of(o, l->biases));
    } else { // an activation of what came before
        m->down = m->depth = 0;
        m->add = channels_from(in, k * n);
    }
}

static void make_fields(plan_gpu *s)
{
    const packed_net *p = s->p;
    int widest = 0;
    s->image = make_ring(s, p->image, p->seen.n);
    for (int i = 0; i < p->nv; ++i) widest = vertical_width(p->v + i) > widest ? vertical_width(p->v + i) : widest;
    s->a = make_plane(s, 2 * widest, p->w);
    for (int i = 0; i < p->nh; ++i) {
        s->h[i].g = s->group;
        s->group += horizontal_width(p->horizontal + i) / p->colours;
    }
    s->g = make_plane(s, s->group * p->colours, 0);
    for (int i = 0; i < p->nsteps; ++i) s->steps[i].out = make_plane(s, step_width(p, i), 0);
}

plan_gpu *make_plan_gpu(const network *net, const packed_net *p, int lanes)
{
    plan_gpu *s = checked_calloc(1, sizeof *s);
    *s = (plan_gpu){.net = net, .p = p, .lanes = lanes};
    s->at = plan_bytes_gpu(s, sizeof *s->at);
    s->v = checked_calloc(p->nv, sizeof *s->v);
    s->h = checked_calloc(p->nh, sizeof *s->h);
    s->steps = checked_calloc(p->nsteps, sizeof *s->steps);
    make_fields(s);
    make_label(s);
    for (int i = 0; i < p->nv; ++i) make_vertical(s, i);
    for (int i = 0; i < p->nh; ++i) make_horizontal(s, i);
    for (int i = 0; i < p->nsteps; ++i)
        for (int k = 0; k < p->colours; ++k) make_step(s, i, k);
    return s;
}

void free_plan_gpu(plan_gpu *s)
{
    for (int i = 0; i < s->nblocks; ++i) free_gpu(s->blocks[i]);
    free(s->blocks);
    free(s->rings);
    free(s->v);
    free(s->h);
    free(s->steps);
    free(s);
}
