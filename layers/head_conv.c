#include "base/bounds.h"
#include "layers/activation_planes.h"
#include "layers/head_conv.h"
#include "layers/layer_pass.h"
#include "layers/math/matrix_product.h"
#include "layers/math/vector_ops.h"

/* What is summed over parts. */
enum { DB, DW };

/* Of the three products below. */
size_t head_conv_scratch(int in, int out, int pixels)
{
    return larger_size(larger_size(product_scratch(out, pixels, in), product_scratch(out, in, pixels)),
                       product_scratch(in, pixels, out));
}

static slices work_in(const layer *l, int parts)
{
    slices w = {.parts = parts};
    w.scratch = head_conv_scratch(l->c / l->groups, l->n / l->groups, l->out_h * l->out_w);
    add_sum(&w, l->n);
    add_sum(&w, l->nweights);
    return w;
}

/* Of a layer that is made: as many parts as its workspace was measured for, whatever the runtime would give
   now. */
static slices work_of(const layer *l)
{
    slices w = work_in(l, 1), more = w;
    while (++more.parts <= MOST_THREADS && slices_bytes(&more, l->batch) <= l->workspace_size) w.parts = more.parts;
    return w;
}

void make_head_conv(layer *l)
{
    slices w = work_in(l, max_threads());
    l->forward = forward_head_conv;
    l->backward = backward_head_conv;
    l->workspace_size = slices_bytes(&w, l->batch);
}

/* What a pass reads and writes. */
typedef struct {
    layer_io io;
    slices work;
    int groups, in, out, plane; // channels of a group; pixels
    const float *w, *bias;      // (groups,out,in), (groups*out)
    float *w_update, *bias_update;
    ACTIVATION activation;
} head_pass;

static head_pass pass_of(const layer *l, const network *net)
{
    return (head_pass){.io = io_of(l, net),
                       .work = work_of(l),
                       .groups = l->groups,
                       .in = l->c / l->groups,
                       .out = l->n / l->groups,
                       .plane = l->out_h * l->out_w,
                       .w = l->weights,
                       .bias = l->biases,
                       .w_update = l->weight_updates,
                       .bias_update = l->bias_updates,
                       .activation = l->activation};
}

/* Where colour group g of image b starts in the input, and in the output; and its weights. */
static size_t input_at(const head_pass *p, int b, int g) { return ((size_t)b * p->groups + g) * p->in * p->plane; }
static size_t output_at(const head_pass *p, int b, int g) { return ((size_t)b * p->groups + g) * p->out * p->plane; }
static size_t weights_at(const head_pass *p, int g) { return (size_t)g * p->in * p->out; }

/* ---- forward ----

     x (B,Cin,H,W)   y (B,F,H,W)   W (F,Cin), or (F,Cin/C) with C colour groups

     y = activation(W x + b)

   OVERWRITES y. */
static void forward_image(const void *pass, int b, float *scratch)
{
    const head_pass *p = pass;
    const int in = p->in, out = p->out, plane = p->plane;
    float *y = p->io.y + output_at(p, b, 0);
    set_bias_planes(p->groups * out, plane, p->bias, y);
    for (int g = 0; g < p->groups; ++g)
        multiply_matrices(&(matrix_product){.m = out,
                                            .n = plane,
                                            .k = in,
                                            .alpha = 1,
                                            .a = p->w + weights_at(p, g),
                                            .lda = in,
                                            .b = p->io.x + input_at(p, b, g),
                                            .ldb = plane,
                                            .beta = 1,
                                            .c = p->io.y + output_at(p, b, g),
                                            .ldc = plane},
                          scratch);
    activate_planes(y, p->groups * out * plane, p->activation);
}

/* ---- backward ----

     forward               so
     y = activation(s)     ds = dy . activation'(s)
     s = W x + b           dW += ds x^T    dx = W^T ds    db += ds summed over pixels

   ADDS to the updates (through the parts' sums); OVERWRITES dx, as stock layers do, and dy by ds. */
static void add_weight_gradient(const head_pass *p, int b, int g, const slice *s)
{
    multiply_matrices(&(matrix_product){.tb = 1,
                                        .m = p->out,
                                        .n = p->in,
                                        .k = p->plane,
                                        .alpha = 1,
                                        .a = p->io.dy + output_at(p, b, g),
                                        .lda = p->plane,
                                        .b = p->io.x + input_at(p, b, g),
                                        .ldb = p->plane,
                                        .beta = 1,
                                        .c = s->sum[DW] + weights_at(p, g),
                                        .ldc = p->in},
                      s->scratch);
}

static void give_data_gradient(const head_pass *p, int b, int g, const slice *s)
{
    multiply_matrices(&(matrix_product){.ta = 1,
                                        .m = p->in,
                                        .n = p->plane,
                                        .k = p->out,
                                        .alpha = 1,
                                        .a = p->w + weights_at(p, g),
                                        .lda = p->in,
                                        .b = p->io.dy + output_at(p, b, g),
                                        .ldb = p->plane,
                                        .c = p->io.dx + input_at(p, b, g),
                                        .ldc = p->plane},
                      s->scratch);
}

static void backward_image(const void *pass, int b, slice *s)
{
    const head_pass *p = pass;
    const int plane = p->plane;
    float *dy = p->io.dy + output_at(p, b, 0);
    gradient_of_planes(p->io.y + output_at(p, b, 0), p->groups * p->out * plane, p->activation, dy);
    add_plane_sums(p->groups * p->out, plane, dy, s->sum[DB]);
    for (int g = 0; g < p->groups; ++g) {
        add_weight_gradient(p, b, g, s);
        if (p->io.dx) give_data_gradient(p, b, g, s);
    }
}

static void give_updates(const void *pass, portion part)
{
    const head_pass *p = pass;
    if (part.part) return;
    add_into(p->groups * p->out, summed(&p->work, p->io.workspace, DB), p->bias_update);
    add_into(p->groups * p->out * p->in, summed(&p->work, p->io.workspace, DW), p->w_update);
}

static const image_functions functions = {0, forward_image, backward_image, give_updates};

void forward_head_conv(layer l, network net)
{
    head_pass p = pass_of(&l, &net);
    forward_images(&functions, &p.work, &p);
}

void backward_head_conv(layer l, network net)
{
    head_pass p = pass_of(&l, &net);
    backward_images(&functions, &p.work, &p);
}
