#include <string.h>
#include "layers/pixel_fourier_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "layers/skip_sum_layer.h"
#include "pixelcnn/sample/packed_net.h"

static float *spread_copy(const float *x, spread s)
{
    float *y = aligned_floats(padded(spread_floats(s), PANEL_ROWS));
    spread_out(s, x, y);
    return y;
}

static panel map_of(map_shape m, const float *w)
{
    panel p = make_panel(&m);
    fill_panel(&p, w, 0, p.rows / PANEL_ROWS);
    return p;
}

/* A kernel's taps with every group of the input, row by row. */
static tap *taps_of(const causal_conv *k, int groups)
{
    tap *taps = checked_calloc((size_t)k->kh * k->kw, sizeof *taps);
    for (int i = 0; i < k->kh * k->kw; ++i)
        taps[i] = (tap){i / k->kw, i % k->kw * k->d - k->left, 0, conv_reads(k, i) ? groups : 0};
    return taps;
}

static panel map_conv(const causal_conv *k, const float *w, spread in, spread out)
{
    tap *taps = taps_of(k, in.groups);
    panel p = map_of((map_shape){k->cin, k->kh * k->kw, 0, taps, in, out, -1}, w);
    free(taps);
    return p;
}

static panel map_label(const label_link *k, spread out)
{
    if (!k->v) return (panel){0};
    tap here = {.groups = 1};
    return map_of((map_shape){k->width, 1, 0, &here, spread_of(k->width, 1, 1, 1), out, -1}, k->v->value);
}

/* Widens what is kept of some features to what a kernel reads of them. */
static void widen(const packed_net *p, margins *m, const causal_conv *k)
{
    int rows = k->top + 1, left = k->left, right = (k->kw - 1) * k->d - k->left;
    if (p->clipped) {
        rows = rows < p->h ? rows : p->h;
        left = conv_left(k);
        right = conv_right(k);
    }
    if (rows > m->rows) m->rows = rows;
    if (left > m->left) m->left = left;
    if (right > m->right) m->right = right;
}

/* Index of layer i of the net among the packed ones. */
static int among(const packed_net *p, int i) { return i == FROM_IMAGE ? FROM_IMAGE : p->rank[i]; }

static int *rank_layers(const network *net)
{
    int *rank = checked_calloc(net->n, sizeof(int)), vertical = 0, horizontal = 0;
    for (int i = 0; i < net->n; ++i) {
        if (net->layers[i].type == GATED_VSTACK) rank[i] = vertical++;
        if (net->layers[i].type == GATED_HSTACK) rank[i] = horizontal++;
    }
    return rank;
}

static void pack_vstack(packed_net *p, layer l)
{
    const gated_vstack *v = vstack_of(&l);
    packed_vstack *q = p->v + p->nv++;
    *q = (packed_vstack){.layer = v, .from = among(p, v->from), .kept.rows = 1};
    q->in = q->from == FROM_IMAGE ? p->seen : p->v[q->from].out;
    q->a = spread_of(2 * l.n, 1, 2, PANEL_LANES);
    q->out = spread_of(l.n, 1, 1, PANEL_LANES);
    spread u = spread_of(l.n, 1, 1, PANEL_ROWS);
    if (v->factored) {
        q->first = map_conv(&v->first, v->w1->value, q->in, u);
        q->b1 = spread_copy(v->b1->value, u);
        widen(p, &q->kept_u, &v->conv);
    }
    q->conv = map_conv(&v->conv, v->w->value, v->factored ? u : q->in, q->a);
    q->b = spread_copy(v->b->value, q->a);
    q->label = map_label(&v->label, q->a);
    widen(p, q->from == FROM_IMAGE ? &p->image : &p->v[q->from].kept, v->factored ? &v->first : &v->conv);
}

/* W_h for one colour group: all of the pixels to the left, of the current one the groups that the mask allows. */
static panel map_group(const packed_hstack *q, int group)
{
    const gated_hstack *h = q->layer;
    tap *taps = taps_of(&h->conv, q->in.groups), *last = taps + h->conv.kw - 1;
    if (last->column == 0 && q->in.groups > 1) last->groups = h->mask_a ? group : group + 1;
    panel p = map_of((map_shape){h->conv.cin, h->conv.kw, 0, taps, q->in, q->z, group}, h->w->value);
    free(taps);
    return p;
}

static void pack_hstack(packed_net *p, layer l)
{
    const gated_hstack *h = hstack_of(&l);
    packed_hstack *q = p->horizontal + p->nh++;
    *q = (packed_hstack){.layer = h, .from = among(p, h->from), .vertical = among(p, h->vertical), .kept.rows = 1};
    q->in = q->from == FROM_IMAGE ? p->seen : p->horizontal[q->from].out;
    q->z = spread_of(2 * l.n, p->colours, 2, PANEL_LANES);
    q->g = spread_of(l.n, p->colours, 1, PANEL_LANES);
    q->out = spread_of(l.n, p->colours, 1, PANEL_ROWS);
    for (int k = 0; k < p->colours; ++k) {
        tap here = {.groups = k + 1};
        q->conv[k] = map_group(q, k);
        if (h->output_used) q->out_map[k] = map_of((map_shape){l.n, 1, 0, &here, q->g, q->out, k}, h->wr->value);
    }
    causal_conv row = h->link;
    row.top = 0; // the lanes hand it the row above
    q->link = map_conv(&row, h->wl->value, p->v[q->vertical].a, q->z);
    q->label = map_label(&h->label, q->z);
    q->b = spread_copy(h->b->value, q->z);
    q->br = spread_copy(h->br->value, q->out);
    widen(p, q->from == FROM_IMAGE ? &p->image : &p->horizontal[q->from].kept, &h->conv);
}

static void pack_skip(packed_net *p, const network *net, int index)
{
    layer l = net->layers[index];
    const skip_sum *k = skip_of(&l);
    packed_step *s = p->steps + p->nsteps++;
    *s = (packed_step){
        .layer = index, .sources = k->n, .out = spread_of(l.n, p->colours, 1, PANEL_ROWS), .activation = l.activation};
    s->from = checked_calloc(k->n, sizeof(int));
    s->maps = checked_calloc((size_t)k->n * p->colours, sizeof(panel));
    s->b = spread_copy(k->base.params[0].value, s->out);
    for (int i = 0; i < k->n; ++i) {
        s->from[i] = among(p, k->from[i]);
        for (int c = 0; c < p->colours; ++c) {
            tap here = {.groups = c + 1};
            spread g = p->horizontal[s->from[i]].g;
            s->maps[i * p->colours + c] = map_of((map_shape){g.n, 1, 0, &here, g, s->out, c},
                                                 k->base.params[1 + i].value);
        }
    }
}

static void pack_head(packed_net *p, layer l, int index)
{
    spread in = p->nsteps ? p->steps[p->nsteps - 1].out : p->horizontal[p->head_from].out;
    packed_step *s = p->steps + p->nsteps++;
    *s = (packed_step){.layer = index, .out = in, .activation = l.activation};
    if (l.type != CONVOLUTIONAL) return;
    s->sources = 1;
    s->out = spread_of(l.n, p->colours, 1, PANEL_ROWS);
    s->maps = checked_calloc(p->colours, sizeof(panel));
    s->b = spread_copy(l.biases, s->out);
    for (int c = 0; c < p->colours; ++c) {
        tap here = {.first_group = c, .groups = 1};
        s->maps[c] = map_of((map_shape){l.c / l.groups, 1, 0, &here, in, s->out, c}, l.weights);
    }
}

/* The head starts at the last skip_sum, or at the horizontal layer before the first head layer. */
static int head_start(const network *net)
{
    int i = net->n - 2;
    while (net->layers[i].type == CONVOLUTIONAL || net->layers[i].type == ACTIVE) --i;
    return i;
}

packed_net *pack_net(const network *net)
{
    packed_net *p = checked_calloc(1, sizeof *p);
    *p = (packed_net){.colours = net->c, .h = net->h, .w = net->w, .levels = loss_of(net)->levels, .head_from = -1};
    p->clipped = net->gpu_index < 0;
    p->rank = rank_layers(net);
    p->octaves = octaves_of(net);
    p->seen = spread_of(p->colours * fourier_width(p->octaves), p->colours, 1, 1);
    p->embed = label_of(net);
    if (p->embed) p->label = p->embed->size ? p->embed->size : p->embed->classes;
    p->v = checked_calloc(net->n, sizeof *p->v);
    p->horizontal = checked_calloc(net->n, sizeof *p->horizontal);
    p->steps = checked_calloc(net->n, sizeof *p->steps);
    p->image.rows = 1;
    int head = head_start(net);
    if (net->layers[head].type == GATED_HSTACK) p->head_from = among(p, head);
    for (int i = 0; i < net->n - 1; ++i) {
        layer l = net->layers[i];
        if (l.type == GATED_VSTACK) pack_vstack(p, l);
        if (l.type == GATED_HSTACK) pack_hstack(p, l);
        if (l.type == SKIP_SUM && i == head) pack_skip(p, net, i);
        if (i > head) pack_head(p, l, i);
    }
    if (!p->nsteps) pack_head(p, (layer){.type = ACTIVE, .activation = LINEAR}, -1);
    return p;
}

void free_packed_net(packed_net *p)
{
    for (int i = 0; i < p->nv; ++i) {
        free_panel(&p->v[i].first);
        free_panel(&p->v[i].conv);
        free_panel(&p->v[i].label);
        free(p->v[i].b1);
        free(p->v[i].b);
    }
    for (int i = 0; i < p->nh; ++i) {
        for (int k = 0; k < p->colours; ++k) {
            free_panel(&p->horizontal[i].conv[k]);
            free_panel(&p->horizontal[i].out_map[k]);
        }
        free_panel(&p->horizontal[i].link);
        free_panel(&p->horizontal[i].label);
        free(p->horizontal[i].b);
        free(p->horizontal[i].br);
    }
    for (int i = 0; i < p->nsteps; ++i) {
        for (int k = 0; k < p->steps[i].sources * p->colours; ++k) free_panel(&p->steps[i].maps[k]);
        free(p->steps[i].maps);
        free(p->steps[i].from);
        free(p->steps[i].b);
    }
    free(p->rank);
    free(p->v);
    free(p->horizontal);
    free(p->steps);
    free(p);
}
