#include <string.h>
#include "base/verbose.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/handed_on.h"
#include "layers/math/gate.h"
#include "layers/math/vector_ops.h"

void free_gated_hstack_layer(layer l)
{
    gated_hstack *h = hstack_of(&l);
    free_conv(&h->conv);
    free_conv(&h->link);
    free_conv(&h->out);
    free_lazy_floats(h->z);
    free_lazy_floats(h->g);
    free_lazy_floats(h->dg);
    free(h->bias);
    free(h->bias_r);
    free_label_link(&h->label);
    free_base(&h->base);
}

/* What is summed over parts; V follows where there is a label. */
enum { DB, DB_OUT, DW, DW_LINK, DW_OUT, DV };

/* Arrays in the order of the weight file: b, W, W_l, V, b_r, W_r. */
static void make_params(gated_hstack *h, layer_shape s, int cin_half)
{
    int rows = h->conv.cout, f = rows / 2, cin = h->conv.cin;
    param *p = h->base.params = checked_calloc(6, sizeof(param));
    make_param(h->b = p++, "b", rows, 0, 0);
    make_param(h->w = p++, "W", conv_weights(&h->conv), cin * h->conv.kw, 1);
    make_param(h->wl = p++, "W_l", conv_weights(&h->link), h->link.cin, 1);
    if (s.label) make_param(h->label.v = p++, "V", (size_t)rows * s.label, s.label, 1);
    make_param(h->br = p++, "b_r", f, 0, 0);
    make_param(h->wr = p++, "W_r", conv_weights(&h->out), f, 1);
    h->base.nparams = p - h->base.params;
    shape_param(h->w, rows, cin, h->conv.kw, 0);
    shape_param(h->wl, rows, h->link.cin, 0, 0);
    if (s.label) shape_param(h->label.v, rows, s.label, 0, 0);
    shape_param(h->wr, f, f, 0, 0);
    if (h->from != FROM_IMAGE) h->w->rows = rows;
    h->wl->rows = rows;
    h->wr->rows = f;
    mask_param(h->w, (colour_mask){rows, f, cin, cin_half, h->conv.kw, h->mask_a}, s.colours);
    mask_param(h->wr, (colour_mask){f, f, f, f, 1, 0}, s.colours);
}

static int width_of_z(const gated_hstack *h) { return layout_floats(h->conv.out); }
static int width_of_g(const gated_hstack *h) { return layout_floats(h->out.in); }

static void make_buffers(gated_hstack *h, layer_shape s)
{
    size_t pixels = (size_t)s.h * s.w, plane = s.batch * pixels;
    int wide = width_of_z(h), f = width_of_g(h);
    const causal_conv *k = &h->conv;
    h->z = lazy_floats(plane * wide);
    h->g = lazy_floats(plane * f);
    h->dg = lazy_floats(plane * f);
    h->bias = aligned_floats(wide);
    h->bias_r = aligned_floats(padded(f, PANEL_ROWS));
    add_sum(&h->work, wide);
    add_sum(&h->work, f);
    add_sum(&h->work, conv_gradient(k));
    add_sum(&h->work, conv_gradient(&h->link));
    add_sum(&h->work, conv_gradient(&h->out));
    if (s.label) add_sum(&h->work, conv_gradient(&h->label.map));
    /* image, gradient of z with margins, x' or its gradient, gradient of the input, label, sums */
    size_t image = features_floats(s.h, s.w, layout_floats(k->in), conv_left(k), conv_right(k));
    h->work.scratch = (h->from == FROM_IMAGE ? image : 0) +
                      features_floats(s.h, s.w, wide, conv_right(k), conv_left(k)) + pixels * (f + k->backward.rows) +
                      label_scratch(&h->label) + wide + 64;
}

static gated_hstack *make_hstack(layer_shape s, hstack_options o)
{
    gated_hstack *h = checked_calloc(1, sizeof *h);
    int half = o.size / 2, f = o.filters;
    int taps = o.mask_a && s.colours == 1 ? half : half + 1;
    h->from = o.from;
    h->vertical = o.vertical;
    h->mask_a = o.mask_a;
    h->residual = o.residual;
    h->output_used = 1;
    h->conv = (causal_conv){.cin = o.cin,
                            .cout = 2 * f,
                            .h = s.h,
                            .w = s.w,
                            .kh = 1,
                            .kw = taps,
                            .d = o.dilation,
                            .left = o.dilation * half};
    /* top = 1: the shift. Row r of z reads row r-1 of a, and row 0 nothing. */
    h->link = (causal_conv){
        .cin = 2 * o.vertical_filters, .cout = 2 * f, .h = s.h, .w = s.w, .kh = 1, .kw = 1, .d = 1, .top = 1};
    h->out = (causal_conv){.cin = f, .cout = f, .h = s.h, .w = s.w, .kh = 1, .kw = 1, .d = 1};
    init_conv(&h->conv, o.from == FROM_IMAGE ? 0 : 1, 2);
    init_conv(&h->link, 2, 2);
    init_conv(&h->out, 1, 1);
    h->label = make_label_link(2 * f, s.label, s.spatial, s.h, s.w);
    h->base.threads = h->work.parts = max_threads();
    make_params(h, s, o.cin);
    make_buffers(h, s);
    add_meaning(&h->base,
                "gated_hstack from=%d cin=%d vertical=%d fv=%d filters=%d size=%d dilation=%d mask=%c residual=%d",
                o.from, o.cin, o.vertical, o.vertical_filters, f, o.size, o.dilation, o.mask_a ? 'a' : 'b', o.residual);
    return h;
}

layer make_gated_hstack_layer(layer_shape s, hstack_options o)
{
    gated_hstack *h = make_hstack(s, o);
    layer l = make_base_layer(GATED_HSTACK, s, o.cin, o.filters);
    l.size = o.size;
    l.forward = forward_gated_hstack_layer;
    l.backward = backward_gated_hstack_layer;
    l.self_layer = (layer *)h;
    l.workspace_size = slices_bytes(&h->work, s.batch);
    double adds = (double)s.h * s.w * (conv_weights(&h->conv) + conv_weights(&h->link) + conv_weights(&h->out));
    if (verbose)
        fprintf(stderr, "horiz %5d %2d x%2d d%2d%c %4d x%4d x%4d   ->  %4d x%4d x%4d  %5.3f BFLOPs\n", o.filters, 1,
                h->conv.kw, o.dilation, o.mask_a ? 'a' : 'b', s.w, s.h, o.cin, s.w, s.h, o.filters, 2 * adds / 1e9);
    return l;
}

/* What a pass reads and writes. */
typedef struct {
    layer_io io;
    gated_hstack *h;
    gated_vstack *vertical; // whose a the link reads
} hstack_pass;

static hstack_pass pass_of(const layer *l, const network *net)
{
    gated_hstack *h = hstack_of(l);
    return (hstack_pass){io_from(l, net, h->from), h, vstack_of(&net->layers[h->vertical])};
}

static int pixels_of(const gated_hstack *h) { return h->conv.h * h->conv.w; }
/* Floats of an image of the output. */
static size_t outputs_of(const gated_hstack *h) { return (size_t)h->out.cout * pixels_of(h); }

static features hstack_z(const gated_hstack *h, int b) { return conv_output(&h->conv, h->z, b); }
features hstack_g(const gated_hstack *h, int b) { return conv_input(&h->out, h->g, b); }
features hstack_dg(const gated_hstack *h, int b) { return conv_input(&h->out, h->dg, b); }

/* The gate of image b from z and the label's term, which goes to scratch; g is its output or that's
   gradient. */
static gate_items gate_of(const hstack_pass *p, int b, features g, float *scratch)
{
    const gated_hstack *h = p->h;
    label_term term = label_forward(&h->label, p->io.label, b, scratch);
    return (gate_items){.n = pixels_of(h),
                        .f = h->conv.out.pad,
                        .z = hstack_z(h, b).x,
                        .label = term.v,
                        .y = g.x,
                        .z_step = width_of_z(h),
                        .label_step = term.step,
                        .y_step = width_of_g(h)};
}

/* ---- forward ----

     x (B,Cin,H,W)   a (B,2Fv,H,W) of the vertical layer   y (B,F,H,W)   z (B,2F,H,W)   g (B,F,H,W)
     W (2F,Cin,taps)   W_l (2F,2Fv)   W_r (F,F)   V (2F,D)   h (B,D)

     z = W * x + b + W_l shift_down(a)
     g = tanh(z1 + (V h)1) . sigmoid(z2 + (V h)2)
     y = W_r g + b_r + x                              x only where residual

   OVERWRITES z, g and y.

   shift_down: row r of z reads row r-1 of a, since row r of a has seen all columns of row r. The link is a convolution with
   top = 1 (make_hstack), and this is the only shift of the net: a second one, in the vertical stack, would leave a blind spot. */

/* y = W_r g + b_r + x */
static void project(const hstack_pass *p, int b, features x, float *scratch)
{
    const gated_hstack *h = p->h;
    features y = open_output(&p->io, &h->out, b, &scratch);
    conv_forward(&h->out, hstack_g(h, b), h->bias_r, y);
    if (h->residual) add_features(x, y);
    if (p->io.y) features_to_planes(y, h->out.cout, p->io.y + b * outputs_of(h), 0);
}

static void forward_image(const void *pass, int b, float *scratch)
{
    const hstack_pass *p = pass;
    const gated_hstack *h = p->h;
    features x = open_source(&p->io, &h->conv, b, &scratch), z = hstack_z(h, b);
    conv_forward(&h->conv, x, h->bias, z);                  // z = W * x + b
    conv_forward(&h->link, vstack_a(p->vertical, b), 0, z); // z += W_l shift_down(a)
    gate_items t = gate_of(p, b, hstack_g(h, b), scratch);
    gate_forward(&t); // g = tanh(z1 + (V h)1) . sigmoid(z2 + (V h)2)
    if (h->output_used) project(p, b, x, scratch);
}

static void take_weights(const void *pass, portion part)
{
    const hstack_pass *p = pass;
    gated_hstack *h = p->h;
    if (part.part == 0) {
        store_channels(h->conv.out, h->b->value, h->bias);
        store_channels(h->out.out, h->br->value, h->bias_r);
    }
    conv_take_weights(&h->conv, h->w->value, p->io.train, part);
    conv_take_weights(&h->link, h->wl->value, p->io.train, part);
    conv_take_weights(&h->out, h->wr->value, p->io.train, part);
    label_take_weights(&h->label, p->io.train, part);
}

/* ---- backward ----

     forward                            so, with dg from the skip sums and dy
     y = W_r g + b_r + x                dW_r += dy g^T    dg += W_r^T dy    db_r += dy summed over pixels    dx += dy
     g = tanh(s1) . sigmoid(s2)         ds            (gate.h; s = z + V h, so dz = ds)
     s = z + V h                        dV += dz h^T    dh += V^T dz
     z = W * x + b                      dW += dz * x^T    dx += W^T * dz    db += dz summed over pixels
     z += W_l shift_down(a)             dW_l += dz shift_down(a)^T    da += shift_up(W_l^T dz)

   ADDS to the updates (through the parts' sums), to dx, dh and the vertical layer's da. */

/* y = W_r g + b_r + x; returns dy */
static features backward_project(const hstack_pass *p, int b, float **scratch, slice *s)
{
    const gated_hstack *h = p->h;
    features dy = open_output_gradient(&p->io, &h->out, b, scratch);
    add_pixel_sums(dy, h->out.cout, s->sum[DB_OUT]);
    conv_backward_weights(&h->out, hstack_g(h, b), dy, s->sum[DW_OUT]);
    conv_backward_data(&h->out, dy, h->dg_given, hstack_dg(h, b));
    return dy;
}

/* g = tanh(s1) . sigmoid(s2), s = z + V h: dz, and the gradients of b, V and h. */
static void backward_gate(const hstack_pass *p, int b, features dz, float *scratch, slice *s)
{
    const gated_hstack *h = p->h;
    int wide = width_of_z(h);
    float *sums = scratch;
    scratch += wide;
    memset(sums, 0, wide * sizeof(float));
    gate_items t = gate_of(p, b, hstack_dg(h, b), scratch);
    gate_backward_image(&t, dz, sums);
    label_backward(&h->label, p->io.label, b, label_gradient(&h->label, dz, sums), s->sum[DV], scratch);
    add_into(wide, sums, s->sum[DB]);
}

static void backward_image(const void *pass, int b, slice *s)
{
    const hstack_pass *p = pass;
    const gated_hstack *h = p->h;
    const causal_conv *k = &h->conv;
    float *scratch = s->scratch;
    features x = open_source(&p->io, k, b, &scratch), dy = {0};
    features dz = open_features(&scratch, k->h, k->w, width_of_z(h), conv_right(k), conv_left(k));
    if (h->output_used)
        dy = backward_project(p, b, &scratch, s);
    else if (!h->dg_given)
        memset(hstack_dg(h, b).x, 0, pixels_of(h) * width_of_g(h) * sizeof(float)); // nothing reads the layer
    backward_gate(p, b, dz, scratch, s);
    conv_backward_weights(k, x, dz, s->sum[DW]);
    conv_backward_weights(&h->link, vstack_a(p->vertical, b), dz, s->sum[DW_LINK]);
    conv_backward_data(&h->link, dz, p->vertical->da_given, vstack_da(p->vertical, b));
    give_source_gradient(&p->io, k, b, dz, h->residual ? dy : (features){0}, scratch);
}

static void give_updates(const void *pass, portion part)
{
    const hstack_pass *p = pass;
    gated_hstack *h = p->h;
    const slices *w = &h->work;
    float *sums = p->io.workspace;
    if (part.part == 0) {
        add_channels(h->conv.out, summed(w, sums, DB), h->b->update);
        add_channels(h->out.out, summed(w, sums, DB_OUT), h->br->update);
    }
    conv_give_gradient(&h->conv, summed(w, sums, DW), h->w->allowed, h->w->update, part);
    conv_give_gradient(&h->link, summed(w, sums, DW_LINK), 0, h->wl->update, part);
    conv_give_gradient(&h->out, summed(w, sums, DW_OUT), h->wr->allowed, h->wr->update, part);
    label_give_gradient(&h->label, summed(w, sums, DV), part);
}

static const image_functions functions = {take_weights, forward_image, backward_image, give_updates};

void forward_gated_hstack_layer(layer l, network net)
{
    hstack_pass p = pass_of(&l, &net);
    p.h->dg_given = p.h->base.handed.dy_given = 0;
    forward_images(&functions, &p.h->work, &p);
}

void backward_gated_hstack_layer(layer l, network net)
{
    hstack_pass p = pass_of(&l, &net);
    backward_images(&functions, &p.h->work, &p);
    p.vertical->da_given = 1;
    mark_source_given(&p.io);
}
