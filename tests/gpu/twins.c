/*
twins.c - see twins.h.
*/
#include "base/device.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/handed_on.h"
#include "pixelcnn/net/net_gpu.h"
#include "tests/gpu/twins.h"
#include "tests/support.h"
#include "tests/training.h"

network *net_on(const char *cfg, int device)
{
    gpu_index = device;
    network *net = net_of_text(cfg, 3);
    fill_biases(net, 5);
    random_batch(net, 7, 1);
    push_net(net);
    gpu_index = 0;
    return net;
}

twins make_twins(const char *name, const char *cfg)
{
    twins t = {name, net_on(cfg, -1), net_on(cfg, 0)};
    assert_int_equal(t.cpu->gpu_index, -1);
    assert_int_equal(t.gpu->gpu_index, 0);
    return t;
}

void free_twins(twins *t)
{
    free_network(t->cpu);
    free_network(t->gpu);
}

void compare(const twins *t, int layer, const char *what, size_t n, const float *got, const float *expected,
             double tolerance)
{
    double error = 0, size = 0;
    for (size_t k = 0; k < n; ++k) {
        error += ((double)got[k] - expected[k]) * ((double)got[k] - expected[k]);
        size += (double)expected[k] * expected[k];
    }
    if (error <= tolerance * size) return; // false if one is NaN
    fail_msg("%s, layer %d, %s: NMSE %g of %zu numbers, at most %g expected", t->name, layer, what, error / size, n,
             tolerance);
}

void compare_features(const twins *t, int i, int gradient, double tolerance)
{
    layer c = t->cpu->layers[i], g = t->gpu->layers[i];
    const float *planes = gradient ? c.delta : c.output;
    float *expected = checked_calloc((size_t)c.batch * c.outputs, sizeof(float));
    float *got = checked_calloc((size_t)c.batch * c.outputs, sizeof(float));
    for (size_t b = 0, n = c.outputs; b < (size_t)c.batch; ++b) {
        const handed_on *own = planes ? 0 : &base_of(&c)->handed;
        if (planes) memcpy(expected + b * n, planes + b * n, n * sizeof(float));
        if (own) features_to_planes(batch_image(gradient ? &own->dy : &own->y, b), c.out_c, expected + b * n, 0);
    }
    pull_features_gpu(&g, gradient ? g.delta_gpu : g.output_gpu, got);
    compare(t, i, gradient ? "delta" : "output", (size_t)c.batch * c.outputs, got, expected, tolerance);
    free(expected), free(got);
}

/* Features that the CPU keeps channels last: image 0's, and how their channels lie. */
typedef struct {
    features image;
    channel_layout s;
} kept_features;

static void compare_planes(const twins *t, int i, const char *what, planes_gpu g, kept_features k, double tolerance)
{
    size_t plane = (size_t)k.image.h * k.image.w, n = k.s.n, rows = t->cpu->batch * n, half = n / k.s.halves;
    float *expected = checked_calloc(rows * plane, sizeof(float)), *got = checked_calloc(rows * plane, sizeof(float));
    for (size_t r = 0; r < rows; ++r) {
        const float *x = k.image.x + r / n * k.image.h * k.image.row + r % n / half * k.s.pad + r % n % half;
        for (size_t p = 0; p < plane; ++p) expected[r * plane + p] = x[p * k.image.pixel];
        pull_gpu(g.x + r / n * g.step.image + r % n * g.step.plane, got + r * plane, plane);
    }
    compare(t, i, what, rows * plane, got, expected, tolerance);
    free(expected), free(got);
}

void compare_inner(const twins *t, int i, int gradient, double tolerance)
{
    const layer *c = t->cpu->layers + i, *g = t->gpu->layers + i;
    const gated_vstack *v = vstack_of(c), *vg = vstack_of(g);
    const gated_hstack *h = hstack_of(c), *hg = hstack_of(g);
    if (c->type == GATED_VSTACK && !gradient)
        compare_planes(t, i, "a", vstack_a_gpu(vg, c->batch), (kept_features){vstack_a(v, 0), v->conv.out}, tolerance);
    else if (c->type == GATED_HSTACK && gradient)
        compare_planes(t, i, "dg", hstack_dg_gpu(hg, c->batch), (kept_features){hstack_dg(h, 0), h->out.in}, tolerance);
    else if (c->type == GATED_HSTACK)
        compare_planes(t, i, "g", hstack_g_gpu(hg, c->batch), (kept_features){hstack_g(h, 0), h->out.in}, tolerance);
}

int is_read(layer l)
{
    return l.type == GATED_VSTACK ? vstack_of(&l)->output_used : l.type != GATED_HSTACK || hstack_of(&l)->output_used;
}
