/*
test_gradients.c - every gradient against central differences: each layer alone, then whole nets.

A layer alone: its outputs y are given gradients r at random, so the objective is sum r . y. backward must
turn them into gradients of each input, ADDED to what was there, and of each array. The differences are taken
with four points, so that their error is of order h^4.
*/
#include <math.h>
#include <string.h>
#include "base/random.h"
#include "base/threads.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_fourier_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "layers/skip_sum_layer.h"
#include "network.h"
#include "tests/family.h"
#include "tests/support.h"

static const double TOLERANCE = 1e-3;
/* Long steps suffer from curvature, short ones from rounding in float: the difference that is nearest
   counts. */
static const double LENGTHS[] = {0.06, 0.02, 0.006};
enum { NLENGTHS = sizeof LENGTHS / sizeof *LENGTHS };
static const float PREFILLED = 0.5f;

/* Floats and their gradients: an input, an output or an array of a layer. */
typedef struct {
    const char *name;
    float *x, *dx;
    size_t n;
    int sign;                     // of dx: arrays and inputs of a whole net hold minus the gradient
    const unsigned char *allowed; // NULL: all
    int *given;                   // set where dx holds what others have given; NULL: it always does
} wire;

typedef double (*objective)(void *context);

static double difference(wire w, size_t k, double h, objective f, void *context)
{
    float x = w.x[k];
    double y[4];
    const double at[] = {-2, -1, 1, 2};
    for (int i = 0; i < 4; ++i) {
        w.x[k] = x + (float)(at[i] * h);
        y[i] = f(context);
    }
    w.x[k] = x;
    return (y[0] - 8 * y[1] + 8 * y[2] - y[3]) / (12 * h);
}

/* At most this many entries of each array, spread over it. */
enum { MOST = 60 };

static void check_wire(const char *what, wire w, float before, objective f, void *context)
{
    double top = 1e-3;
    size_t step = w.n / MOST + 1;
    for (size_t k = 0; k < w.n; ++k) top = fmax(top, fabs(w.dx[k] - before));
    for (size_t k = 0; k < w.n; k += step) {
        if (w.allowed && !w.allowed[k]) {
            if (w.x[k] != 0 || w.dx[k] != 0) fail_msg("%s: %s[%zu] is masked and not zero", what, w.name, k);
            continue;
        }
        double got = w.sign * (w.dx[k] - (double)before), expected = NAN;
        for (int i = 0; i < NLENGTHS && !(fabs(got - expected) <= TOLERANCE * top); ++i)
            expected = difference(w, k, LENGTHS[i], f, context);
        if (fabs(got - expected) > TOLERANCE * top)
            fail_msg("%s: %s[%zu]: gradient %g, difference %g (largest %g)", what, w.name, k, got, expected, top);
    }
}

/* ---- one layer ---- */

enum { MAX_WIRES = 64 };

typedef struct {
    network *net;
    int index;
    wire in[MAX_WIRES], out[MAX_WIRES];
    int nin, nout;
    float *r[MAX_WIRES]; // gradients given to the outputs
} bench;

static void put(wire *list, int *n, const char *name, float *x, float *dx, size_t floats)
{
    list[(*n)++] = (wire){name, x, dx, floats, 1, 0, 0};
}

/* A layer's output: in planes, or the rows of the features in their place. */
static void put_output(wire *list, int *n, const char *name, layer l)
{
    handed_on *own = &base_of(&l)->handed;
    if (l.output) put(list, n, name, l.output, l.delta, (size_t)l.batch * l.outputs);
    for (int b = 0; !l.output && b < l.batch; ++b)
        for (int r = 0; r < l.out_h; ++r) {
            features y = batch_image(&own->y, b), dy = batch_image(&own->dy, b);
            put(list, n, name, y.x + r * y.row, dy.x + r * dy.row, y.w * y.pixel);
            list[*n - 1].given = &own->dy_given;
        }
}

/* The layer that hands on the image or its features; 0 where there is none. */
static int last_of_image(const network *net)
{
    int i = 0;
    while (net->layers[i + 1].type == PIXEL_FOURIER) ++i;
    return i;
}

static void wire_source(bench *t, int from)
{
    int first = from < 0 ? last_of_image(t->net) : from;
    layer s = t->net->layers[first];
    if (from == FROM_IMAGE && s.type != LABEL_EMBED && s.type != PIXEL_FOURIER)
        put(t->in, &t->nin, "image", t->net->input, t->net->delta, (size_t)t->net->batch * t->net->inputs);
    else
        put_output(t->in, &t->nin, "input", s);
}

static void wire_label(bench *t)
{
    label_embed *e = label_of(t->net);
    if (e) put(t->in, &t->nin, "h", e->h, e->dh, (size_t)t->net->batch * e->width);
}

/* Floats of what a layer keeps channels last: a or g, zeros of the padding in them. */
static size_t floats_of(layer l, channel_layout s) { return (size_t)l.batch * l.out_h * l.out_w * layout_floats(s); }

static void wire_vstack(bench *t, layer l)
{
    gated_vstack *v = vstack_of(&l);
    wire_source(t, v->from);
    wire_label(t);
    if (v->output_used) put_output(t->out, &t->nout, "v'", l);
    put(t->out, &t->nout, "a", v->a, v->da, floats_of(l, v->conv.out));
    t->out[t->nout - 1].given = &v->da_given;
}

static void wire_hstack(bench *t, layer l)
{
    gated_hstack *h = hstack_of(&l);
    layer up = t->net->layers[h->vertical];
    wire_source(t, h->from);
    wire_label(t);
    put(t->in, &t->nin, "a", vstack_of(&up)->a, vstack_of(&up)->da, floats_of(up, vstack_of(&up)->conv.out));
    t->in[t->nin - 1].given = &vstack_of(&up)->da_given;
    if (h->output_used) put_output(t->out, &t->nout, "x'", l);
    put(t->out, &t->nout, "g", h->g, h->dg, floats_of(l, h->out.in));
    t->out[t->nout - 1].given = &h->dg_given;
}

static void wire_skip(bench *t, layer l)
{
    skip_sum *k = skip_of(&l);
    for (int i = 0; i < k->n; ++i) {
        layer s = t->net->layers[k->from[i]];
        put(t->in, &t->nin, "g_i", hstack_of(&s)->g, hstack_of(&s)->dg, floats_of(s, hstack_of(&s)->out.in));
        t->in[t->nin - 1].given = &hstack_of(&s)->dg_given;
    }
    put(t->out, &t->nout, "y", l.output, l.delta, (size_t)l.batch * l.outputs);
}

static void wire_embed(bench *t, layer l)
{
    label_embed *e = label_of(t->net);
    put(t->in, &t->nin, "input row", t->net->input, t->net->delta, (size_t)l.batch * l.inputs);
    put(t->out, &t->nout, "image", l.output, l.delta, (size_t)l.batch * l.outputs);
    put(t->out, &t->nout, "h", e->h, e->dh, (size_t)l.batch * e->width);
}

static void wire_fourier(bench *t, layer l)
{
    if (t->index)
        wire_source(t, t->index - 1);
    else
        put(t->in, &t->nin, "image", t->net->input, t->net->delta, (size_t)t->net->batch * t->net->inputs);
    put(t->out, &t->nout, "features", l.output, l.delta, (size_t)l.batch * l.outputs);
}

static network at_layer(bench *t)
{
    network net = *t->net;
    net.index = t->index;
    if (t->index) {
        net.input = net.layers[t->index - 1].output;
        net.delta = net.layers[t->index - 1].delta;
    }
    return net;
}

static double layer_objective(void *context)
{
    bench *t = context;
    layer l = t->net->layers[t->index];
    double sum = 0;
    l.forward(l, at_layer(t));
    for (int i = 0; i < t->nout; ++i)
        for (size_t k = 0; k < t->out[i].n; ++k) sum += (double)t->r[i][k] * t->out[i].x[k];
    return sum;
}

/* What the wires hold is a gradient that others have given. */
static void mark_given(const wire *list, int n)
{
    for (int i = 0; i < n; ++i)
        if (list[i].given) *list[i].given = 1;
}

static void fill(float *x, size_t n, float value)
{
    for (size_t k = 0; k < n; ++k) x[k] = value;
}

static void backward_once(bench *t)
{
    layer l = t->net->layers[t->index];
    param p[80];
    int np = base_of(&l)->nparams;
    for (int i = 0; i < np; ++i) p[i] = base_of(&l)->params[i];
    l.forward(l, at_layer(t));
    mark_given(t->in, t->nin);
    mark_given(t->out, t->nout);
    for (int i = 0; i < t->nin; ++i) fill(t->in[i].dx, t->in[i].n, PREFILLED);
    for (int i = 0; i < np; ++i) fill(p[i].update, p[i].n, 0);
    for (int i = 0; i < t->nout; ++i) {
        t->r[i] = checked_calloc(t->out[i].n, sizeof(float));
        for (size_t k = 0; k < t->out[i].n; ++k) t->r[i][k] = random_unit(9, STREAM_SAMPLE, i, k) - .5;
        memcpy(t->out[i].dx, t->r[i], t->out[i].n * sizeof(float));
    }
    l.backward(l, at_layer(t));
}

/* Backward changes buffers that forward needs again, so gradients are copied out before any difference. */
static void check_layer(const char *net_name, bench *t)
{
    layer l = t->net->layers[t->index];
    char what[256];
    snprintf(what, sizeof what, "%s, layer %d (%s)", net_name, t->index, base_of(&l)->meaning);
    backward_once(t);
    wire list[MAX_WIRES + 80];
    int n = t->nin, np = base_of(&l)->nparams;
    memcpy(list, t->in, n * sizeof *list);
    for (int i = 0; i < np; ++i) {
        param p = base_of(&l)->params[i];
        list[n++] = (wire){p.name, p.value, p.update, p.n, 1, p.allowed, 0};
    }
    for (int i = 0; i < n; ++i) {
        float *copy = checked_calloc(list[i].n, sizeof(float));
        memcpy(copy, list[i].dx, list[i].n * sizeof(float));
        list[i].dx = copy;
    }
    for (int i = 0; i < n; ++i) check_wire(what, list[i], i < t->nin ? PREFILLED : 0, layer_objective, t);
    for (int i = 0; i < n; ++i) free(list[i].dx);
    for (int i = 0; i < t->nout; ++i) free(t->r[i]);
}

static void each_layer_alone(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        network *net = net_of_text(family[f].cfg, 3);
        fill_biases(net, 5);
        random_batch(net, 7, 1);
        net->train = 1;
        net->delta = checked_calloc((size_t)net->batch * net->inputs, sizeof(float));
        for (int i = 0; i < net->n; ++i) {
            bench t = {.net = net, .index = i};
            layer l = net->layers[i];
            forward_network(net);
            if (l.type == LABEL_EMBED) wire_embed(&t, l);
            if (l.type == PIXEL_FOURIER) wire_fourier(&t, l);
            if (l.type == GATED_VSTACK) wire_vstack(&t, l);
            if (l.type == GATED_HSTACK) wire_hstack(&t, l);
            if (l.type == SKIP_SUM) wire_skip(&t, l);
            if (t.nout) check_layer(family[f].name, &t);
        }
        free(net->delta);
        free_network(net);
    }
}

/* ---- whole nets: the loss, from the input row to every array, the head's stock layers too ---- */

static double whole_objective(void *context) { return net_nll(context); }

static void check_whole(const family_net *f)
{
    network *net = net_of_text(f->cfg, 3);
    fill_biases(net, 5);
    random_batch(net, 7, 1);
    size_t inputs = (size_t)net->batch * net->inputs;
    float *delta = net->delta = checked_calloc(inputs, sizeof(float));
    param_list all = net_params(net);
    net->train = 1;
    fill(delta, inputs, PREFILLED);
    for (int i = 0; i < all.n; ++i) fill(all.p[i].update, all.p[i].n, all.p[i].allowed ? 0 : PREFILLED);
    forward_network(net);
    backward_network(net);
    net->train = 0;
    for (int i = 0; i < all.n; ++i) {
        param p = all.p[i];
        check_wire(f->name, (wire){p.name, p.value, p.update, p.n, -1, p.allowed, 0}, p.allowed ? 0 : PREFILLED,
                   whole_objective, net);
    }
    check_wire(f->name, (wire){"input row", net->input, delta, inputs, -1, 0, 0}, PREFILLED, whole_objective, net);
    free_param_list(&all);
    free(delta);
    free_network(net);
}

static void whole_nets(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) check_whole(family + f);
}

/* The loss alone: its input's gradient is added, and is that of the cost. */
static void the_loss_adds_to_its_input(void **state)
{
    (void)state;
    network *net = net_of_text(family[0].cfg, 3);
    random_batch(net, 7, 0);
    net->train = 1;
    forward_network(net);
    layer l = net->layers[net->n - 1], before = net->layers[net->n - 2];
    bench t = {.net = net, .index = net->n - 1};
    fill(before.delta, (size_t)before.batch * before.outputs, PREFILLED);
    l.backward(l, at_layer(&t));
    for (int i = 0; i < before.batch * before.outputs; ++i)
        assert_float_equal(before.delta[i], PREFILLED + l.delta[i], 1e-6);
    assert_float_equal(*net->cost, loss_of(net)->nll[0] + loss_of(net)->nll[1], 1e-3);
    free_network(net);
}

/* Of a batch of seven images, which makes a tree that is not even, by a net that is built for `parts` threads
   and runs on `threads`: all updates, one after the other. */
static float *updates_of(const family_net *f, int parts, int threads, size_t *n)
{
    char text[4096];
    const char *two = strstr(f->cfg, "batch=2\n");
    snprintf(text, sizeof text, "%.*sbatch=7\n%s", (int)(two - f->cfg), f->cfg, two + strlen("batch=2\n"));
    int usual = use_threads(parts);
    network *net = net_of_text(text, 3);
    random_batch(net, 7, 0);
    net->train = 1;
    use_threads(threads);
    forward_network(net);
    backward_network(net);
    use_threads(usual);
    param_list all = net_params(net);
    float *x = checked_calloc(all.total, sizeof(float)), *at = x;
    for (int i = 0; i < all.n; at += all.p[i++].n) memcpy(at, all.p[i].update, all.p[i].n * sizeof(float));
    *n = all.total;
    free_param_list(&all);
    free_network(net);
    return x;
}

/* Neither on those for which a net is built, nor on those that there are. */
static void gradients_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const int pairs[][2] = {{2, 2}, {3, 3}, {4, 1}, {2, 5}, {7, 7}, {16, 2}};
    for (int f = 0; f < family_size; ++f) {
        size_t n;
        float *first = updates_of(family + f, 1, 1, &n);
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; ++i) {
            float *x = updates_of(family + f, pairs[i][0], pairs[i][1], &n);
            for (size_t k = 0; k < n; ++k)
                if (x[k] != first[k])
                    fail_msg("%s, %d parts, %d threads: update %zu is %.9g, of one thread %.9g", family[f].name,
                             pairs[i][0], pairs[i][1], k, x[k], first[k]);
            free(x);
        }
        free(first);
    }
}

TEST_MAIN(cmocka_unit_test(each_layer_alone), cmocka_unit_test(whole_nets),
          cmocka_unit_test(the_loss_adds_to_its_input), cmocka_unit_test(gradients_do_not_depend_on_threads))
