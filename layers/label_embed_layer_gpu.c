/*
label_embed_layer_gpu.c - the label of a conditional Gated PixelCNN on the device. See label_embed_layer.h.

Labels are dropped on the host, by the counters of the CPU twin; t is small.
*/
#include "layers/label_embed_layer.h"
#include "layers/layer_kind.h"
#include "layers/math/ordered_kernels.h"
#include "layers/math/plane_kernels.h"
#include "layers/training_gpu.h"

static label_embed *own(const layer *l) { return (label_embed *)l->self_layer; }

static void make_label_embed_gpu(layer *l)
{
    label_embed *e = own(l);
    l->workspace_size = 0;
    e->t_gpu = floats_gpu((size_t)l->batch * e->classes);
    e->h_gpu = e->size ? floats_gpu((size_t)l->batch * e->width) : e->t_gpu;
}

static void free_label_embed_gpu(layer *l)
{
    label_embed *e = own(l);
    free_gpu((void *)e->products.product);
    free(e->links);
    free_gpu(e->t_gpu);
    if (e->size) free_gpu(e->h_gpu);
}

void join_label_gpu(const network *net, label_link *k)
{
    label_embed *e = label_of(net);
    if (!k->v || k->pixels) return;
    e->links = checked_realloc(e->links, (e->products.n + 1) * sizeof *e->links);
    e->links[e->products.n++] = k;
    if (k->rows > e->products.most_rows) e->products.most_rows = k->rows;
}

static void push_links(label_embed *e)
{
    int n = e->products.n;
    label_product *p = checked_calloc(n + 1, sizeof *p);
    for (int i = 0; i < n; ++i) {
        const label_link *k = e->links[i];
        p[i] = (label_product){k->v->value_gpu, k->term_gpu, k->d_gpu, k->v->update_gpu, k->rows};
    }
    push_bytes_gpu((void *)e->products.product, p, n * sizeof *p);
    free(p);
}

static void share_label_embed_gpu(layer *l, const network *net)
{
    label_embed *e = own(l);
    (void)net;
    e->products.product = bytes_gpu(e->products.n * sizeof(label_product));
    push_links(e);
}

static void train_label_embed_gpu(layer *l, training_gpu *t)
{
    label_embed *e = own(l);
    e->dh_gpu = arena_floats(&t->gradients, (size_t)t->batch * e->width);
    push_links(e);
}

static label_products products_of(const label_embed *e, int batch)
{
    label_products t = e->products;
    t.batch = batch;
    t.width = e->width;
    t.h = e->h_gpu;
    t.dh = e->dh_gpu;
    return t;
}

/* h = t E (size=0: h = t), y = the image; and V h of all gated layers. OVERWRITES t, h, y and the terms. */
static void forward_label_embed_layer_gpu(layer l, network net)
{
    label_embed *e = own(&l);
    take_labels(e, &l, &net);
    push_gpu(e->t_gpu, e->t, (size_t)l.batch * e->classes);
    copy_rows_gpu(l.batch, l.outputs, net.input_gpu, l.inputs, l.output_gpu, l.outputs);
    if (e->size) // h = t E
        multiply_in_order_gpu(&(gemm_batch){.m = l.batch,
                                            .n = e->width,
                                            .k = e->classes,
                                            .a = e->t_gpu,
                                            .lda = e->classes,
                                            .b = e->base.params[0].value_gpu,
                                            .ldb = e->width,
                                            .c = e->h_gpu,
                                            .ldc = e->width,
                                            .batch = 1});
    label_products terms = products_of(e, l.batch);
    label_terms_gpu(&terms);
    e->base.image_gpu = l.output_gpu;
    e->base.image_delta_gpu = net.delta_gpu ? l.delta_gpu : 0;
}

/* dt += dh E^T (size=0: dt += dh), dt's rows `step` floats apart. */
static void give_label(const label_embed *e, int batch, float *dt, size_t step)
{
    if (!e->size)
        add_rows_gpu(batch, e->classes, e->dh_gpu, e->classes, dt, step);
    else
        multiply_in_order_gpu(&(gemm_batch){.tb = 1,
                                            .m = batch,
                                            .n = e->classes,
                                            .k = e->width,
                                            .a = e->dh_gpu,
                                            .lda = e->width,
                                            .b = e->base.params[0].value_gpu,
                                            .ldb = e->width,
                                            .beta = 1,
                                            .c = dt,
                                            .ldc = step,
                                            .batch = 1});
}

/* forward:  h = t E, y = the image, terms V h
   so        dV and dh from the terms' gradients, dE += t^T dh, dt += dh E^T, dx += dy; the gradients of the input's rows,
             pixels and then t, where wanted. */
static void backward_label_embed_layer_gpu(layer l, network net)
{
    const label_embed *e = own(&l);
    label_products terms = products_of(e, l.batch);
    label_gradients_gpu(&terms);
    if (e->size) // dE += t^T dh
        multiply_in_order_gpu(&(gemm_batch){.ta = 1,
                                            .m = e->classes,
                                            .n = e->width,
                                            .k = l.batch,
                                            .a = e->t_gpu,
                                            .lda = e->classes,
                                            .b = e->dh_gpu,
                                            .ldb = e->width,
                                            .beta = 1,
                                            .c = e->base.params[0].update_gpu,
                                            .ldc = e->width,
                                            .batch = 1});
    if (!net.delta_gpu) return;
    add_rows_gpu(l.batch, l.outputs, l.delta_gpu, l.outputs, net.delta_gpu, l.inputs);
    give_label(e, l.batch, net.delta_gpu + l.outputs, l.inputs);
}

const layer_gpu label_embed_gpu = {
    .make = make_label_embed_gpu,
    .free = free_label_embed_gpu,
    .share = share_label_embed_gpu,
    .train = train_label_embed_gpu,
    .forward = forward_label_embed_layer_gpu,
    .backward = backward_label_embed_layer_gpu,
};
