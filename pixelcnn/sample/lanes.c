#include <string.h>
#include "layers/math/fourier_math.h"
#include "layers/math/gate.h"
#include "pixelcnn/sample/lanes.h"

/* The last rows of some features for each lane, with zero margins: (lanes, rows, left + W + right, pixel). */
typedef struct {
    float *x;
    margins kept;
    size_t pixel, row, lane; // floats per pixel, row and lane
} rows;

typedef struct {
    rows in, u;  // in: rows of the output v'
    float *term; // label term: (lanes, 2F); spatial: (lanes, W, 2F) of the current row
} v_state;

typedef struct {
    rows out;
    float *start; // (lanes, W, z): bias, link and label term of the current row
    float *term;  // as above
    float *g;     // (lanes, g)
} h_state;

struct lanes {
    const packed_net *net;
    int n, most, row;
    rows image;
    v_state *v;
    h_state *h;
    float **steps;     // (lanes, out) for each step of the head
    float *a;          // (lanes, W, 2F), of one vertical layer at a time
    float *z;          // (lanes, z of a group)
    float *t, *hidden; // labels (lanes, K); embedded (lanes, D), spatial: (lanes, W, D) of the current row
    const float **x;   // row pointers of a panel
    float *zeros;
};

static rows make_rows(const packed_net *p, int most, margins kept, int pixel)
{
    rows r = {.kept = kept, .pixel = pixel};
    r.row = (size_t)(kept.left + p->w + kept.right) * pixel;
    r.lane = r.row * kept.rows;
    r.x = aligned_floats(r.lane * most + PANEL_ROWS);
    return r;
}

/* Row r of a lane, at column 0. Rows above the image are zero. */
static float *row_at(const rows *s, int lane, int r)
{
    int slot = (r + s->kept.rows) % s->kept.rows;
    return s->x + lane * s->lane + slot * s->row + s->kept.left * s->pixel;
}

static int is_spatial(const packed_net *p) { return p->embed && p->embed->spatial; }

static int most_rows(const packed_net *p)
{
    int n = 1;
    for (int i = 0; i < p->nv; ++i) n = p->v[i].layer->conv.kh > n ? p->v[i].layer->conv.kh : n;
    return n;
}

static void make_states(lanes *s)
{
    const packed_net *p = s->net;
    int terms = is_spatial(p) ? p->w : 1, widest_a = 0, widest_z = 0;
    for (int i = 0; i < p->nv; ++i) {
        const packed_vstack *q = p->v + i;
        int a = spread_floats(q->a);
        s->v[i].in = make_rows(p, s->most, q->kept, spread_floats(q->out));
        if (q->first.rows) s->v[i].u = make_rows(p, s->most, q->kept_u, q->first.rows);
        if (q->label.rows) s->v[i].term = aligned_floats((size_t)s->most * terms * a);
        widest_a = a > widest_a ? a : widest_a;
    }
    for (int i = 0; i < p->nh; ++i) {
        const packed_hstack *q = p->horizontal + i;
        int z = spread_floats(q->z);
        s->h[i].out = make_rows(p, s->most, q->kept, spread_floats(q->out));
        s->h[i].start = aligned_floats((size_t)s->most * p->w * z);
        s->h[i].g = aligned_floats((size_t)s->most * spread_floats(q->g));
        if (q->label.rows) s->h[i].term = aligned_floats((size_t)s->most * terms * z);
        widest_z = z > widest_z ? z : widest_z;
    }
    for (int i = 0; i < p->nsteps; ++i) s->steps[i] = aligned_floats((size_t)s->most * spread_floats(p->steps[i].out));
    s->a = aligned_floats((size_t)s->most * p->w * widest_a);
    s->z = aligned_floats((size_t)s->most * widest_z);
    s->zeros = aligned_floats(widest_a > widest_z ? widest_a : widest_z);
}

static double rows_floats(const packed_net *p, margins kept, double pixel)
{
    return ((double)kept.left + p->w + kept.right) * kept.rows * pixel;
}

double lanes_bytes(const packed_net *p, int most)
{
    double label = p->embed ? p->embed->classes + (double)p->label * (is_spatial(p) ? p->w : 1) : 0, widest = 0;
    double floats = rows_floats(p, p->image, spread_floats(p->seen)) + label, terms = is_spatial(p) ? p->w : 1;
    for (int i = 0; i < p->nv; ++i) {
        const packed_vstack *q = p->v + i;
        double a = spread_floats(q->a);
        floats += rows_floats(p, q->kept, spread_floats(q->out)) + rows_floats(p, q->kept_u, q->first.rows);
        floats += q->label.rows ? terms * a : 0;
        widest = a > widest ? a : widest;
    }
    for (int i = 0; i < p->nh; ++i) {
        const packed_hstack *q = p->horizontal + i;
        double z = spread_floats(q->z);
        floats += rows_floats(p, q->kept, spread_floats(q->out)) + z * (p->w + (q->label.rows ? terms : 0));
        floats += spread_floats(q->g);
    }
    return most * (floats + p->w * widest) * sizeof(float);
}

lanes *make_lanes(const packed_net *p, int most)
{
    lanes *s = checked_calloc(1, sizeof *s);
    s->net = p;
    s->most = most;
    s->image = make_rows(p, most, p->image, spread_floats(p->seen));
    s->v = checked_calloc(p->nv, sizeof *s->v);
    s->h = checked_calloc(p->nh, sizeof *s->h);
    s->steps = checked_calloc(p->nsteps, sizeof *s->steps);
    s->x = checked_calloc(most_rows(p), sizeof *s->x);
    if (p->embed) s->t = checked_calloc((size_t)most * p->embed->classes, sizeof(float));
    if (p->embed) s->hidden = aligned_floats((size_t)most * p->label * (is_spatial(p) ? p->w : 1));
    make_states(s);
    return s;
}

void free_lanes(lanes *s)
{
    for (int i = 0; i < s->net->nv; ++i) {
        free(s->v[i].in.x);
        free(s->v[i].u.x);
        free(s->v[i].term);
    }
    for (int i = 0; i < s->net->nh; ++i) {
        free(s->h[i].out.x);
        free(s->h[i].start);
        free(s->h[i].term);
        free(s->h[i].g);
    }
    for (int i = 0; i < s->net->nsteps; ++i) free(s->steps[i]);
    free(s->image.x);
    free(s->v);
    free(s->h);
    free(s->steps);
    free(s->a);
    free(s->z);
    free(s->t);
    free(s->hidden);
    free(s->x);
    free(s->zeros);
    free(s);
}

/* ---- labels ---- */

/* h = t E for each lane; spatial: for the pixels of row r, as (W,D). */
static void embed(lanes *s, int r)
{
    const packed_net *p = s->net;
    const label_embed *e = p->embed;
    int pixels = e->spatial ? p->h * p->w : 1, columns = e->spatial ? p->w : 1;
    memset(s->hidden, 0, (size_t)s->n * columns * p->label * sizeof(float));
    for (int i = 0; i < s->n; ++i)
        for (int k = 0; k < e->classes; ++k) {
            float t = s->t[i * e->classes + k], *h = s->hidden + (size_t)i * columns * p->label;
            if (!e->size) h[k] = t;
            if (!e->size || t == 0) continue;
            const float *row = e->base.params[0].value + ((size_t)k * p->label) * pixels + r * columns;
            for (int d = 0; d < p->label; ++d)
                for (int c = 0; c < columns; ++c) h[c * p->label + d] += t * row[(size_t)d * pixels + c];
        }
}

/* term = V h for each lane, or for each of its pixels in the row. */
static void label_terms(const lanes *s, const panel *map, float *term)
{
    if (!map->rows) return;
    const float *x[] = {s->hidden};
    panel_apply(map, &(panel_items){.n = s->n * (is_spatial(s->net) ? s->net->w : 1),
                                    .x = x,
                                    .init = s->zeros,
                                    .y = term,
                                    .x_step = s->net->label,
                                    .y_step = map->rows});
}

static void all_terms(lanes *s, int r, int vertical, int horizontal)
{
    if (!s->net->embed) return;
    embed(s, r);
    for (int i = 0; vertical && i < s->net->nv; ++i) label_terms(s, &s->net->v[i].label, s->v[i].term);
    for (int i = 0; horizontal && i < s->net->nh; ++i) label_terms(s, &s->net->horizontal[i].label, s->h[i].term);
}

static void clear_rows(rows *r, int n)
{
    if (r->x) memset(r->x, 0, n * r->lane * sizeof(float));
}

void lanes_start_images(lanes *s, int n, const float *labels, int labelled)
{
    const packed_net *p = s->net;
    s->n = n;
    clear_rows(&s->image, n);
    for (int i = 0; i < p->nv; ++i) clear_rows(&s->v[i].in, n);
    for (int i = 0; i < p->nv; ++i) clear_rows(&s->v[i].u, n);
    for (int i = 0; i < p->nh; ++i) clear_rows(&s->h[i].out, n);
    if (!p->embed) return;
    memset(s->t, 0, (size_t)n * p->embed->classes * sizeof(float));
    memcpy(s->t, labels, (size_t)labelled * p->embed->classes * sizeof(float));
    if (!p->embed->spatial) all_terms(s, 0, 1, 1);
}

/* ---- vertical stack ---- */

/* y (W, rows of the map) = b + the map applied to the rows of one lane up to row r. */
static void convolve_row(lanes *s, const panel *map, const causal_conv *k, const rows *in, int lane, int r,
                         const float *b, float *y)
{
    for (int i = 0; i < k->kh; ++i) {
        int from = r - k->top + i * k->d; // no tap reads further up than the rows that are kept
        s->x[i] = from + in->kept.rows < 0 ? 0 : row_at(in, lane, from);
    }
    panel_apply(map,
                &(panel_items){.n = s->net->w, .x = s->x, .init = b, .y = y, .x_step = in->pixel, .y_step = map->rows});
}

static void vertical_row(lanes *s, int index, int r)
{
    const packed_vstack *q = s->net->v + index;
    const gated_vstack *v = q->layer;
    v_state *own = s->v + index;
    const rows *in = q->from == FROM_IMAGE ? &s->image : &s->v[q->from].in;
    int w = s->net->w, wide = spread_floats(q->a), f = spread_floats(q->out), spatial = is_spatial(s->net);
    for (int lane = 0; lane < s->n; ++lane) {
        float *a = s->a + (size_t)lane * w * wide;
        if (v->factored) convolve_row(s, &q->first, &v->first, in, lane, r, q->b1, row_at(&own->u, lane, r));
        convolve_row(s, &q->conv, &v->conv, v->factored ? &own->u : in, lane, r, q->b, a);
        if (!v->output_used) continue;
        gate_forward(&(gate_items){.n = w,
                                   .f = f,
                                   .z = a,
                                   .label = own->term ? own->term + (size_t)lane * (spatial ? w : 1) * wide : s->zeros,
                                   .y = row_at(&own->in, lane, r),
                                   .z_step = wide,
                                   .label_step = spatial ? wide : 0,
                                   .y_step = f});
    }
}

/* ---- horizontal stack ---- */

/* Initialises each value of the row with bias and label term. */
static void start_horizontal(lanes *s, int index)
{
    const packed_hstack *q = s->net->horizontal + index;
    h_state *own = s->h + index;
    int wide = spread_floats(q->z), w = s->net->w, spatial = is_spatial(s->net);
    for (int i = 0; i < s->n * w; ++i) {
        float *y = own->start + (size_t)i * wide;
        const float *term = own->term ? own->term + (size_t)(spatial ? i : i / w) * wide : s->zeros;
        for (int k = 0; k < wide; ++k) y[k] = q->b[k] + term[k];
    }
}

/* Adds W_l a; a is the vertical layer's row above, in s->a. */
static void link_horizontal(lanes *s, int index)
{
    const packed_hstack *q = s->net->horizontal + index;
    float *start = s->h[index].start;
    const float *x[] = {s->a};
    size_t wide = spread_floats(q->z);
    panel_apply(&q->link, &(panel_items){.n = s->n * s->net->w,
                                         .x = x,
                                         .init = start,
                                         .y = start,
                                         .x_step = spread_floats(s->net->v[q->vertical].a),
                                         .init_step = wide,
                                         .y_step = wide});
}

void lanes_start_row(lanes *s, int r)
{
    const packed_net *p = s->net;
    int spatial = is_spatial(p);
    s->row = r;
    if (spatial) all_terms(s, r, 0, 1);
    for (int i = 0; i < p->nh; ++i) start_horizontal(s, i);
    if (r == 0) return;
    if (spatial) all_terms(s, r - 1, 1, 0);
    for (int i = 0; i < p->nv; ++i) {
        vertical_row(s, i, r - 1);
        for (int k = 0; k < p->nh; ++k)
            if (p->horizontal[k].vertical == i) link_horizontal(s, k);
    }
}

static void horizontal_value(lanes *s, int index, int c, int colour)
{
    const packed_hstack *q = s->net->horizontal + index;
    h_state *own = s->h + index;
    const rows *in = q->from == FROM_IMAGE ? &s->image : &s->h[q->from].out;
    size_t wide = spread_floats(q->z), group = group_floats(q->z), g = spread_floats(q->g), f = group_floats(q->g);
    float *here = row_at(in, 0, s->row) + c * in->pixel, *start = own->start + c * wide + colour * group;
    const float *x[] = {here}, *gates[] = {own->g};
    panel_apply(q->conv + colour, &(panel_items){.n = s->n,
                                                 .x = x,
                                                 .init = start,
                                                 .y = s->z,
                                                 .x_step = in->lane,
                                                 .init_step = s->net->w * wide,
                                                 .y_step = group});
    gate_forward(&(gate_items){
        .n = s->n, .f = f, .z = s->z, .label = s->zeros, .y = own->g + colour * f, .z_step = group, .y_step = g});
    if (!q->layer->output_used) return;
    const panel *map = q->out_map + colour;
    float *y = row_at(&own->out, 0, s->row) + c * own->out.pixel + colour * map->rows;
    panel_apply(
        map,
        &(panel_items){
            .n = s->n, .x = gates, .init = q->br + colour * map->rows, .y = y, .x_step = g, .y_step = own->out.lane});
    for (int i = 0; q->layer->residual && i < s->n; ++i)
        for (int k = 0; k < map->rows; ++k) y[i * own->out.lane + k] += here[i * in->lane + colour * map->rows + k];
}

/* ---- head ---- */

/* Step i's input for lane 0; *step is the distance between lanes. */
static const float *head_input(const lanes *s, int i, int source, int c, size_t *step)
{
    const packed_step *q = s->net->steps + i;
    const rows *out = s->net->head_from >= 0 ? &s->h[s->net->head_from].out : 0;
    if (q->from) {
        *step = spread_floats(s->net->horizontal[q->from[source]].g);
        return s->h[q->from[source]].g;
    }
    *step = i ? (size_t)spread_floats(s->net->steps[i - 1].out) : out->lane;
    return i ? s->steps[i - 1] : row_at(out, 0, s->row) + c * out->pixel;
}

static void head_step(lanes *s, int i, int c, int colour)
{
    const packed_step *q = s->net->steps + i;
    size_t wide = spread_floats(q->out), group = group_floats(q->out), step;
    float *y = s->steps[i] + colour * group;
    for (int k = 0; k < q->sources; ++k) {
        const float *x[] = {head_input(s, i, k, c, &step)};
        panel_apply(q->maps + k * s->net->colours + colour, &(panel_items){.n = s->n,
                                                                           .x = x,
                                                                           .init = k ? y : q->b + colour * group,
                                                                           .y = y,
                                                                           .x_step = step,
                                                                           .init_step = k ? wide : 0,
                                                                           .y_step = wide});
    }
    const float *x = q->sources ? 0 : head_input(s, i, 0, c, &step) + colour * group;
    for (int lane = 0; lane < s->n; ++lane) {
        if (x) memcpy(y + lane * wide, x + lane * step, group * sizeof(float));
        activate_planes(y + lane * wide, group, q->activation);
    }
}

void lanes_start_value(lanes *s, int c, int colour)
{
    for (int i = 0; i < s->net->nh; ++i) horizontal_value(s, i, c, colour);
    for (int i = 0; i < s->net->nsteps; ++i) head_step(s, i, c, colour);
}

const float *lanes_logits(lanes *s, int lane, int colour)
{
    const packed_step *last = s->net->steps + s->net->nsteps - 1;
    return s->steps[s->net->nsteps - 1] + (size_t)lane * spread_floats(last->out) + colour * group_floats(last->out);
}

void lanes_put_value(lanes *s, int lane, int c, int colour, float x)
{
    float *y = row_at(&s->image, lane, s->row) + c * s->image.pixel + colour * group_floats(s->net->seen);
    fourier_features(x, s->net->octaves, y, 1);
}
