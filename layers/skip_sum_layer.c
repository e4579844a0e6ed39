/*
skip_sum_layer.c - sum of the horizontal gates' outputs, CPU. See skip_sum_layer.h.
*/
#include <string.h>
#include "activations.h"
#include "gate.h"
#include "gated_hstack_layer.h"
#include "skip_sum_layer.h"

static void free_skip_sum(layer l)
{
    skip_sum *k = skip_of(l);
    free(k->from);
    free(k->conv);
    free(k->sums);
    free_base(&k->base);
}

static skip_sum *make_skip(stage s, skip_options o)
{
    skip_sum *k = checked_calloc(1, sizeof *k);
    k->n = o.n;
    k->from = checked_calloc(o.n, sizeof(int));
    k->conv = checked_calloc(o.n, sizeof(causal_conv));
    k->sums = checked_calloc((size_t)s.batch * o.filters, sizeof(float));
    k->base.nparams = 1 + o.n;
    k->base.params = checked_calloc(1 + o.n, sizeof(param));
    k->base.threads = k->work.threads = max_threads();
    k->base.free = free_skip_sum;
    make_param(k->base.params, "b", o.filters, 0, 0);
    int used = snprintf(k->base.meaning, sizeof k->base.meaning, "skip_sum filters=%d activation=%d layers=", o.filters,
                        o.activation);
    for (int i = 0; i < o.n; ++i) {
        param *w = k->base.params + 1 + i;
        k->from[i] = o.from[i];
        k->conv[i] = (causal_conv){.cin = o.widths[i], .cout = o.filters, .h = s.h, .w = s.w, .kh = 1, .kw = 1, .d = 1};
        make_param(w, "W_s", conv_weights(k->conv + i), o.widths[i] * o.n, 1);
        mask_param(w, (colour_mask){o.filters, o.filters, o.widths[i], o.widths[i], 1, 0}, s.colours);
        k->work.of[k->work.n++] = w;
        if (used < (int)sizeof k->base.meaning)
            used += snprintf(k->base.meaning + used, sizeof k->base.meaning - used, "%d,", o.from[i]);
    }
    return k;
}

layer make_skip_sum_layer(stage s, skip_options o)
{
    skip_sum *k = make_skip(s, o);
    int inputs = 0;
    for (int i = 0; i < o.n; ++i) inputs += o.widths[i];
    layer l = make_base_layer(SKIP_SUM, s, inputs, o.filters);
    l.activation = o.activation;
    l.forward = forward_skip_sum_layer;
    l.backward = backward_skip_sum_layer;
    l.self_layer = (layer *)k;
    l.workspace_size = slices_bytes(&k->work);
    fprintf(stderr, "skip  %5d of %2d layers     %4d x%4d x%4d   ->  %4d x%4d x%4d  %5.3f BFLOPs\n", o.filters, o.n,
            s.w, s.h, inputs, s.w, s.h, o.filters, 2. * s.h * s.w * inputs * o.filters / 1e9);
    return l;
}

void forward_skip_sum_layer(layer l, network net)
{
    skip_sum *k = skip_of(l);
#pragma omp parallel for schedule(static) num_threads(k->work.threads)
    for (int b = 0; b < l.batch; ++b) {
        float *y = l.output + (size_t)b * l.outputs;
        for (int i = 0; i < k->n; ++i) {
            layer source = net.layers[k->from[i]];
            float *g = hstack_of(source)->g + (size_t)b * source.outputs;
            conv_forward(k->conv + i, k->base.params[1 + i].value, g, i > 0, y, 0);
        }
        row_bias(l.n, l.out_h * l.out_w, k->base.params[0].value, y);
        activate_array(y, l.outputs, l.activation);
    }
}

static void backward_image(layer l, network net, int b, slice *s)
{
    skip_sum *k = skip_of(l);
    float *dy = l.delta + (size_t)b * l.outputs;
    gradient_array(l.output + (size_t)b * l.outputs, l.outputs, l.activation, dy);
    row_sums(l.n, l.out_h * l.out_w, dy, k->sums + (size_t)b * l.n);
    for (int i = 0; i < k->n; ++i) {
        layer source = net.layers[k->from[i]];
        size_t at = (size_t)b * source.outputs;
        conv_backward_weights(k->conv + i, hstack_of(source)->g + at, dy, s->update[i], 0);
        conv_backward_data(k->conv + i, k->base.params[1 + i].value, dy, hstack_of(source)->dg + at, 0);
    }
}

void backward_skip_sum_layer(layer l, network net)
{
    skip_sum *k = skip_of(l);
#pragma omp parallel num_threads(k->work.threads)
    {
        slice s = open_slice(&k->work, net.workspace);
#pragma omp for schedule(static)
        for (int b = 0; b < l.batch; ++b) backward_image(l, net, b, &s);
        sum_slices(&k->work, net.workspace);
    }
    for (int b = 0; b < l.batch; ++b) add_into(l.n, k->sums + (size_t)b * l.n, k->base.params[0].update);
}
