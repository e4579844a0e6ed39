#include <string.h>
#include "base/verbose.h"
#include "layers/gated_vstack_layer.h"
#include "layers/handed_on.h"
#include "layers/math/gate.h"
#include "layers/math/vector_ops.h"

void free_gated_vstack_layer(layer l)
{
    gated_vstack *v = vstack_of(&l);
    free_conv(&v->conv);
    free_conv(&v->first);
    free_lazy_floats(v->a);
    free_lazy_floats(v->da);
    free_lazy_floats(v->u);
    free(v->bias);
    free(v->bias1);
    free_label_link(&v->label);
    free_base(&v->base);
}

/* What is summed over parts; V follows where there is a label. */
enum { DB, DB_FIRST, DW, DW_FIRST, DV };

/* Arrays in the order of the weight file: b, W, V; factored: b, b_1, W_1, W_2, V. */
static void make_params(gated_vstack *v, layer_shape s)
{
    int rows = v->conv.cout;
    param *p = v->base.params = checked_calloc(5, sizeof(param));
    make_param(v->b = p++, "b", rows, 0, 0);
    if (v->factored) {
        make_param(v->b1 = p++, "b_1", v->first.cout, 0, 0);
        make_param(v->w1 = p++, "W_1", conv_weights(&v->first), v->first.cin * v->first.kw, 1);
        shape_param(v->w1, v->first.cout, v->first.cin, v->first.kw, 0);
    }
    make_param(v->w = p++, v->factored ? "W_2" : "W", conv_weights(&v->conv), v->conv.cin * v->conv.kh * v->conv.kw, 1);
    shape_param(v->w, rows, v->conv.cin, v->conv.kh, v->factored ? 0 : v->conv.kw);
    if (s.label) make_param(v->label.v = p++, "V", (size_t)rows * s.label, s.label, 1);
    if (s.label) shape_param(v->label.v, rows, s.label, 0, 0);
    if (v->from != FROM_IMAGE) v->w->rows = rows;
    if (v->from != FROM_IMAGE && v->factored) v->w1->rows = v->first.cout;
    v->base.nparams = p - v->base.params;
}

static int width_of_a(const gated_vstack *v) { return layout_floats(v->conv.out); }
static int width_of_u(const gated_vstack *v) { return layout_floats(v->first.out); }

/* The convolution that reads the layer's input. */
static const causal_conv *entry(const gated_vstack *v) { return v->factored ? &v->first : &v->conv; }

/* Floats of the image as it reads it; of another layer, that layer's features are read. */
static size_t entry_floats(const gated_vstack *v)
{
    const causal_conv *k = entry(v);
    if (v->from != FROM_IMAGE) return 0;
    return features_floats(k->h, k->w, layout_floats(k->in), conv_left(k), conv_right(k));
}

static void make_buffers(gated_vstack *v, layer_shape s)
{
    size_t plane = (size_t)s.batch * s.h * s.w;
    int wide = width_of_a(v), u = v->factored ? width_of_u(v) : 0;
    v->a = lazy_floats(plane * wide);
    v->da = lazy_floats(plane * wide);
    v->bias = aligned_floats(wide);
    v->u = lazy_floats(plane * u);
    v->bias1 = aligned_floats(padded(u, PANEL_ROWS));
    add_sum(&v->work, wide);
    add_sum(&v->work, u);
    add_sum(&v->work, conv_gradient(&v->conv));
    add_sum(&v->work, v->factored ? conv_gradient(&v->first) : 0);
    if (s.label) add_sum(&v->work, conv_gradient(&v->label.map));
    /* image, gradient of a and of u with margins, gradient of the input, label, sums */
    v->work.scratch = entry_floats(v) + features_floats(s.h, s.w, wide + u, conv_left(entry(v)), conv_left(entry(v))) +
                      (size_t)s.h * s.w * entry(v)->backward.rows + label_scratch(&v->label) + wide + 64;
}

static gated_vstack *make_vstack(layer_shape s, vstack_options o)
{
    gated_vstack *v = checked_calloc(1, sizeof *v);
    int half = o.size / 2, f = o.filters, halves = o.from == FROM_IMAGE ? 0 : 1;
    v->from = o.from;
    v->output_used = 1;
    v->factored = o.factored;
    v->conv = (causal_conv){.cin = o.factored ? f : o.cin,
                            .cout = 2 * f,
                            .h = s.h,
                            .w = s.w,
                            .kh = half + 1,
                            .kw = o.factored ? 1 : o.size,
                            .d = o.dilation,
                            .top = o.dilation * half,
                            .left = o.factored ? 0 : o.dilation * half};
    v->first = (causal_conv){
        .cin = o.cin, .cout = f, .h = s.h, .w = s.w, .kh = 1, .kw = o.size, .d = o.dilation, .left = o.dilation * half};
    init_conv(&v->conv, o.factored ? 1 : halves, 2);
    if (o.factored) init_conv(&v->first, halves, 1);
    v->label = make_label_link(2 * f, s.label, s.spatial, s.h, s.w);
    v->base.threads = v->work.parts = max_threads();
    make_params(v, s);
    make_buffers(v, s);
    add_meaning(&v->base, "gated_vstack from=%d cin=%d filters=%d size=%d dilation=%d factored=%d", o.from, o.cin, f,
                o.size, o.dilation, o.factored);
    return v;
}

layer make_gated_vstack_layer(layer_shape s, vstack_options o)
{
    gated_vstack *v = make_vstack(s, o);
    layer l = make_base_layer(GATED_VSTACK, s, o.cin, o.filters);
    l.size = o.size;
    l.forward = forward_gated_vstack_layer;
    l.backward = backward_gated_vstack_layer;
    l.self_layer = (layer *)v;
    l.workspace_size = slices_bytes(&v->work, s.batch);
    double adds = (double)s.h * s.w * (conv_weights(&v->conv) + (o.factored ? conv_weights(&v->first) : 0));
    if (verbose)
        fprintf(stderr, "vert  %5d %2d x%2d d%2d  %4d x%4d x%4d   ->  %4d x%4d x%4d  %5.3f BFLOPs\n", o.filters,
                o.size / 2 + 1, o.size, o.dilation, s.w, s.h, o.cin, s.w, s.h, o.filters, 2 * adds / 1e9);
    return l;
}

/* What a pass reads and writes. */
typedef struct {
    layer_io io;
    gated_vstack *v;
} vstack_pass;

static vstack_pass pass_of(const layer *l, const network *net)
{
    gated_vstack *v = vstack_of(l);
    return (vstack_pass){io_from(l, net, v->from), v};
}

static int pixels_of(const gated_vstack *v) { return v->conv.h * v->conv.w; }

features vstack_a(const gated_vstack *v, int b) { return conv_output(&v->conv, v->a, b); }
features vstack_da(const gated_vstack *v, int b) { return conv_output(&v->conv, v->da, b); }

/* The gate of image b from a and the label's term, which goes to scratch; y is its output or that's
   gradient. */
static gate_items gate_of(const vstack_pass *p, int b, features y, float *scratch)
{
    const gated_vstack *v = p->v;
    label_term term = label_forward(&v->label, p->io.label, b, scratch);
    return (gate_items){.n = pixels_of(v),
                        .f = v->conv.out.pad,
                        .z = vstack_a(v, b).x,
                        .label = term.v,
                        .y = y.x,
                        .z_step = width_of_a(v),
                        .label_step = term.step,
                        .y_step = y.pixel};
}

/* ---- forward ----

     x (B,Cin,H,W)   y (B,F,H,W)   a (B,2F,H,W)   W (2F,Cin,n/2+1,n)   V (2F,D)   h (B,D)

     a = W * x + b                                    factored: u = W_1 * x + b_1, a = W_2 * u + b
     y = tanh(a1 + (V h)1) . sigmoid(a2 + (V h)2)

   OVERWRITES u, a and y. Row r of a has seen rows <= r of x: nothing is shifted here, but where the
   horizontal stack reads a. */
static void forward_image(const void *pass, int b, float *scratch)
{
    const vstack_pass *p = pass;
    const gated_vstack *v = p->v;
    float *behind_x = scratch;
    features x = open_source(&p->io, entry(v), b, &behind_x), a = vstack_a(v, b);
    if (v->factored) {
        features u = conv_output(&v->first, v->u, b);
        conv_forward(&v->first, x, v->bias1, u); // u = W_1 * x + b_1
        x = u;
    }
    conv_forward(&v->conv, x, v->bias, a); // a = W * x + b
    if (v->output_used) {
        features y = batch_image(&p->io.handed->y, b);
        gate_items t = gate_of(p, b, y, scratch); // x is no longer needed
        gate_forward_image(&t, y);                // y = tanh(a1 + (V h)1) . sigmoid(a2 + (V h)2)
    }
}

static void take_weights(const void *pass, portion part)
{
    const vstack_pass *p = pass;
    gated_vstack *v = p->v;
    if (part.part == 0) {
        store_channels(v->conv.out, v->b->value, v->bias);
        if (v->factored) store_channels(v->first.out, v->b1->value, v->bias1);
    }
    conv_take_weights(&v->conv, v->w->value, p->io.train, part);
    if (v->factored) conv_take_weights(&v->first, v->w1->value, p->io.train, part);
    if (v->output_used) label_take_weights(&v->label, p->io.train, part);
}

/* ---- backward ----

     forward                            so, with da from the horizontal layers and dy
     y = tanh(s1) . sigmoid(s2)         da += ds      (gate.h; s = a + V h)
     s = a + V h                        dV += ds h^T    dh += V^T ds
     a = W * x + b                      dW += da * x^T    dx += W^T * da    db += da summed over pixels
     a = W_2 * u + b                    dW_2 += da * u^T    du = W_2^T * da
     u = W_1 * x + b_1                  dW_1 += du * x^T    dx += W_1^T * du    db_1 += du summed over pixels

   ADDS to the updates (through the parts' sums), to dx and to dh. */

/* y = tanh(s1) . sigmoid(s2), s = a + V h: d = ds, and the gradients of b, V and h from it. */
static void backward_gate(const vstack_pass *p, int b, features d, float *scratch, slice *s)
{
    const gated_vstack *v = p->v;
    int wide = width_of_a(v);
    features dy = given_gradient(p->io.handed, b);
    float *sums = scratch;
    scratch += wide;
    memset(sums, 0, wide * sizeof(float));
    gate_items t = gate_of(p, b, dy, scratch);
    gate_backward_image(&t, d, sums);
    label_backward(&v->label, p->io.label, b, label_gradient(&v->label, d, sums), s->sum[DV], scratch);
    add_into(wide, sums, s->sum[DB]);
}

/* The whole gradient of a, with the margins that the gradient of the input reads. */
static features open_gradient(const vstack_pass *p, int b, float **scratch, slice *s)
{
    const gated_vstack *v = p->v;
    features da = vstack_da(v, b);
    int left = v->factored ? 0 : conv_right(entry(v)), right = v->factored ? 0 : conv_left(entry(v));
    features d = open_features(scratch, da.h, da.w, da.pixel, left, right);
    if (!v->da_given) memset(da.x, 0, da.h * da.row * sizeof(float)); // nothing reads a
    add_pixel_sums(da, width_of_a(v), s->sum[DB]);
    if (v->output_used) backward_gate(p, b, d, *scratch, s);
    for (int r = 0; r < da.h; ++r)
        if (v->output_used)
            add_into(da.row, da.x + r * da.row, d.x + r * d.row);
        else
            memcpy(d.x + r * d.row, da.x + r * da.row, da.row * sizeof(float));
    return d;
}

/* a = W_2 * u + b: from da, returns du, with the margins that the gradient of the input reads. */
static features backward_second(const gated_vstack *v, int b, features da, float **scratch, slice *s)
{
    features u = conv_output(&v->first, v->u, b);
    features du = open_features(scratch, u.h, u.w, u.pixel, conv_right(&v->first), conv_left(&v->first));
    conv_backward_weights(&v->conv, u, da, s->sum[DW]);
    conv_backward_data(&v->conv, da, 0, du);
    add_pixel_sums(du, width_of_u(v), s->sum[DB_FIRST]);
    return du;
}

static void backward_image(const void *pass, int b, slice *s)
{
    const vstack_pass *p = pass;
    const gated_vstack *v = p->v;
    const causal_conv *k = entry(v);
    float *scratch = s->scratch;
    features x = open_source(&p->io, k, b, &scratch);
    features d = open_gradient(p, b, &scratch, s);
    if (v->factored) d = backward_second(v, b, d, &scratch, s);
    conv_backward_weights(k, x, d, s->sum[v->factored ? DW_FIRST : DW]);
    give_source_gradient(&p->io, k, b, d, (features){0}, scratch);
}

static void give_updates(const void *pass, portion part)
{
    const vstack_pass *p = pass;
    gated_vstack *v = p->v;
    const slices *w = &v->work;
    float *sums = p->io.workspace;
    if (part.part == 0) {
        add_channels(v->conv.out, summed(w, sums, DB), v->b->update);
        if (v->factored) add_channels(v->first.out, summed(w, sums, DB_FIRST), v->b1->update);
    }
    conv_give_gradient(&v->conv, summed(w, sums, DW), 0, v->w->update, part);
    if (v->factored) conv_give_gradient(&v->first, summed(w, sums, DW_FIRST), 0, v->w1->update, part);
    if (v->output_used) label_give_gradient(&v->label, summed(w, sums, DV), part);
}

static const image_functions functions = {take_weights, forward_image, backward_image, give_updates};

void forward_gated_vstack_layer(layer l, network net)
{
    gated_vstack *v = vstack_of(&l);
    if (net.index == 0) {
        v->base.image = net.input;
        v->base.image_delta = net.delta;
    }
    v->da_given = v->base.handed.dy_given = 0;
    vstack_pass p = pass_of(&l, &net);
    forward_images(&functions, &v->work, &p);
}

void backward_gated_vstack_layer(layer l, network net)
{
    vstack_pass p = pass_of(&l, &net);
    backward_images(&functions, &p.v->work, &p);
    mark_source_given(&p.io);
}
