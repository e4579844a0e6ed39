#include "base/errors.h"
#include "base/memory.h"
#include "layers/pixel_fourier_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/sample/cached_form.h"
#include "pixelcnn/sample/packed_net.h"

/* One row for each kind of layer after the image, from its own file. */
extern const cached_form cached_vstack, cached_hstack, cached_skip_sum, cached_head_conv, cached_activation;
static const cached_form *const forms[] = {&cached_vstack,    &cached_hstack,     &cached_skip_sum,
                                           &cached_head_conv, &cached_activation, 0};

int is_spatial(const packed_net *p) { return p->embed && p->embed->spatial; }

float *spread_copy(const float *x, channel_layout s)
{
    float *y = aligned_floats(padded(layout_floats(s), PANEL_ROWS));
    store_channels(s, x, y);
    return y;
}

panel packed_map(map_shape m, const float *w)
{
    panel p = make_panel(&m, PANEL_ROWS);
    fill_panel(&p, w, 0, p.rows / PANEL_ROWS);
    return p;
}

tap *taps_of_conv(const causal_conv *k, int groups)
{
    tap *taps = checked_calloc((size_t)k->kh * k->kw, sizeof *taps);
    for (int i = 0; i < k->kh * k->kw; ++i)
        taps[i] = (tap){i / k->kw, i % k->kw * k->d - k->left, 0, conv_reads(k, i) ? groups : 0};
    return taps;
}

panel packed_conv(const causal_conv *k, const float *w, channel_layout in, channel_layout out)
{
    tap *taps = taps_of_conv(k, in.groups);
    panel p = packed_map((map_shape){k->cin, k->kh * k->kw, 0, taps, in, out, -1}, w);
    free(taps);
    return p;
}

panel packed_label(const label_link *k, channel_layout out)
{
    if (!k->v) return (panel){0};
    tap here = {.groups = 1};
    return packed_map((map_shape){k->width, 1, 0, &here, make_channel_layout(k->width, 1, 1, 1), out, -1}, k->v->value);
}

channel_layout source_layout(const packed_net *p, const packed_layer *q, int i)
{
    layer_source s = q->sources->source[i];
    if (s.from == FROM_IMAGE) return p->seen;
    return s.array == OUTPUT ? p->layers[s.from].out : p->layers[s.from].inner;
}

static const cached_form *form_of(const layer *l, int index)
{
    for (int i = 0; forms[i]; ++i)
        if (forms[i]->type == l->type) return forms[i];
    die("layer %d, [%s], has no cached form: it cannot be sampled (packed_net.c)", index, section_of(l));
}

/* Marks layer i, and whatever it reads, as evaluated. */
static void give_form(packed_net *p, int i)
{
    packed_layer *q = p->layers + i;
    if (q->form || (i < p->wiring->n && p->wiring->layers[i].kind->gives == GIVES_IMAGE)) return;
    q->form = form_of(q->l, i);
    for (int k = 0; k < q->sources->n; ++k)
        if (q->sources->source[k].from != FROM_IMAGE) give_form(p, q->sources->source[k].from);
}

/* All layers but the loss; if the last is not part of the head, a layer that copies it takes the loss's
   place. */
static void make_layers(packed_net *p, const network *net)
{
    const wiring *w = p->wiring;
    int n = net->n - 1;
    p->layers = checked_calloc(net->n, sizeof *p->layers);
    for (int i = 0; i < n; ++i)
        p->layers[i] = (packed_layer){
            .l = net->layers + i, .sources = &w->layers[i].sources, .kept = w->layers[i].read[OUTPUT].around};
    if (w->layers[n - 1].kind->gives != GIVES_HEAD) {
        p->copy = (layer){.type = ACTIVE, .activation = LINEAR};
        p->copied = (layer_source){n - 1, OUTPUT, 0};
        p->copies = (source_list){&p->copied, 1};
        p->layers[n++] = (packed_layer){.l = &p->copy, .sources = &p->copies, .kept.rows = 1};
    }
    p->n = n;
    give_form(p, n - 1);
}

/* Which layers are evaluated, and what they read. */
static packed_net *wire_packed_net(const network *net)
{
    packed_net *p = checked_calloc(1, sizeof *p);
    *p = (packed_net){.colours = net->c, .h = net->h, .w = net->w, .levels = loss_of(net)->levels};
    p->wiring = find_pixelcnn_net(net)->wiring;
    p->octaves = octaves_of(net);
    p->seen = make_channel_layout(p->wiring->image_channels, p->colours, 1, 1);
    p->embed = label_of(net);
    if (p->embed) p->label = p->embed->size ? p->embed->size : p->embed->classes;
    make_layers(p, net);
    return p;
}

packed_net *pack_net(const network *net)
{
    packed_net *p = wire_packed_net(net);
    for (int i = 0; i < p->n; ++i) {
        packed_layer *q = p->layers + i;
        if (!q->form) continue;
        q->in = source_layout(p, q, 0);
        q->form->pack(p, q);
    }
    return p;
}

void free_packed_net(packed_net *p)
{
    for (int i = 0; i < p->n; ++i) {
        packed_layer *q = p->layers + i;
        if (!q->own) continue;
        if (q->form->free_packed) q->form->free_packed(p, q);
        free_panel(&q->label);
        free(q->own);
    }
    free(p->layers);
    free(p);
}
