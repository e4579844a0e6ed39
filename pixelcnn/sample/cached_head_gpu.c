/*
cached_head_gpu.c - [skip_sum] and the head's [convolutional] and [activation] on the device: one kernel per
value. See plan_gpu.h.
*/
#include <string.h>
#include "base/memory.h"
#include "layers/skip_sum_layer.h"
#include "pixelcnn/sample/plan_gpu.h"

/* (S, depth): the weights of colour group k for the groups of g up to it, in its own rows; zero for a layer
   that is not a source. */
static float *skip_weights(const plan_gpu *s, int i, int k)
{
    const source_list *sources = s->p->layers[i].sources;
    const param *w = skip_of(s->p->layers[i].l)->base.params + 1;
    int all = channels_of_layer(s, i), n = all / s->p->colours, depth = (k + 1) * s->group;
    float *x = checked_calloc((size_t)all * depth, sizeof(float));
    for (int j = 0; s->weights.base && j < sources->n; ++j) {
        int from = sources->source[j].from, f = s->p->layers[from].l->n, part = f / s->p->colours;
        for (int o = k * n; o < (k + 1) * n; ++o)
            for (int g = 0; g <= k; ++g)
                memcpy(x + (size_t)o * depth + g * s->group + s->layers[from].inner,
                       w[j].value + (size_t)o * f + g * part, part * sizeof(float));
    }
    return x;
}

/* The operation of colour group k, from so many channels of `in`. */
static affine affine_of_group(plan_gpu *s, int i, int k, int channels, feature_view in)
{
    int n = channels_of_layer(s, i) / s->p->colours;
    affine m = new_affine(s, 1, channels, in, channels_from(s->layers[i].kept, k * n), n);
    m.activation = s->p->layers[i].l->activation;
    return m;
}

static outputs outputs_of_group(const plan_gpu *s, int i, int k)
{
    int n = channels_of_layer(s, i) / s->p->colours;
    return (outputs){k * n, n, 0};
}

static void make_skip(plan_gpu *s, int i)
{
    s->layers[i].kept = make_plane(s, channels_of_layer(s, i), 0);
    for (int k = 0; k < s->p->colours; ++k) {
        outputs o = outputs_of_group(s, i, k);
        int depth = (k + 1) * s->group;
        affine m = affine_of_group(s, i, k, depth, s->g);
        float *w = skip_weights(s, i, k);
        s->layers[i].value[k][0] = launch_with(s, m, &(weight_rows){o, w, depth, 1, depth},
                                               skip_of(s->p->layers[i].l)->base.params[0].value);
        free(w);
    }
}

static void make_conv(plan_gpu *s, int i)
{
    const layer *l = s->p->layers[i].l;
    int channels = l->c / l->groups;
    s->layers[i].kept = make_plane(s, l->n, 0);
    for (int k = 0; k < s->p->colours; ++k) {
        outputs o = outputs_of_group(s, i, k);
        feature_view in = channels_from(source_features(s, i, 0), k * channels);
        affine m = affine_of_group(s, i, k, channels, in);
        s->layers[i].value[k][0] = launch_with(s, m, &(weight_rows){o, l->weights, channels, 1, channels}, l->biases);
    }
}

/* An activation of what came before: no inputs but what is added. */
static void make_activation(plan_gpu *s, int i)
{
    int n = channels_of_layer(s, i);
    s->layers[i].kept = make_plane(s, n, 0);
    for (int k = 0; k < s->p->colours; ++k) {
        affine m = affine_of_group(s, i, k, 0, source_features(s, i, 0));
        m.down = m.depth = 0;
        m.add = channels_from(source_features(s, i, 0), k * (n / s->p->colours));
        s->layers[i].value[k][0] = (launch){m, 0};
    }
}

const form_gpu skip_sum_form_gpu = {SKIP_SUM, 0, make_skip};
const form_gpu head_conv_form_gpu = {CONVOLUTIONAL, 0, make_conv};
const form_gpu activation_form_gpu = {ACTIVE, 0, make_activation};
