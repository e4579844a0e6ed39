#include "layers/math/causal_conv.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/wiring.h"

void widen_margins(margins *m, const struct causal_conv *k, int clipped, int h)
{
    int rows = k->top + 1, left = k->left, right = (k->kw - 1) * k->d - k->left;
    if (clipped) {
        rows = rows < h ? rows : h;
        left = conv_left(k);
        right = conv_right(k);
    }
    if (rows > m->rows) m->rows = rows;
    if (left > m->left) m->left = left;
    if (right > m->right) m->right = right;
}

static void wire_source(wiring *w, const network *net, layer_source s)
{
    wired_array *a = s.from == FROM_IMAGE ? &w->image : &w->layers[s.from].read[s.array];
    ++a->readers;
    if (s.kernel)
        widen_margins(&a->around, s.kernel, w->clipped, net->h);
    else
        ++a->planes;
}

static void wire_layer(wiring *w, const network *net, int i)
{
    wired_layer *l = w->layers + i;
    l->kind = kind_of(net->layers + i);
    l->read[OUTPUT].around.rows = l->read[INNER].around.rows = 1;
    l->kind->sources(net->layers + i, i, &l->sources);
    for (int k = 0; k < l->sources.n; ++k) wire_source(w, net, l->sources.source[k]);
    if (l->kind->gives == GIVES_IMAGE) w->image_channels = net->layers[i].out_c;
    if (!row_of_type(net->layers[i].type) && l->kind->gives != GIVES_LOSS) w->head = i;
}

wiring *wire_net(const network *net)
{
    wiring *w = checked_calloc(1, sizeof *w);
    *w = (wiring){.n = net->n, .image_channels = net->c, .clipped = net->gpu_index < 0, .image.around.rows = 1};
    w->layers = checked_calloc(net->n, sizeof *w->layers);
    for (int i = 0; i < net->n; ++i) wire_layer(w, net, i);
    return w;
}

void free_wiring(wiring *w)
{
    for (int i = 0; i < w->n; ++i) free(w->layers[i].sources.source);
    free(w->layers);
    free(w);
}
