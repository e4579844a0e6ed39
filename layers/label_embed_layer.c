#include <string.h>
#include "base/random.h"
#include "base/verbose.h"
#include "layers/label_embed_layer.h"
#include "layers/layer_pass.h"
#include "layers/math/vector_ops.h"

static label_embed *own(const layer *l) { return (label_embed *)l->self_layer; }

void free_label_embed_layer(layer l)
{
    label_embed *e = own(&l);
    free(e->t);
    if (e->size) free(e->h);
    free(e->dh);
    for (int k = 0; e->names && k < e->classes; ++k) free(e->names[k]);
    free(e->names);
    free_base(&e->base);
}

/* For the table of layers. */
static const char *name_of_labels(label_options o)
{
    if (o.attributes) return o.classes == 1 ? "attribute" : "attributes";
    return o.classes == 1 ? "class" : "classes";
}

layer make_label_embed_layer(layer_shape s, label_options o)
{
    int pixels = s.h * s.w;
    layer l = make_base_layer(LABEL_EMBED, s, s.colours, s.colours);
    l.classes = o.classes;
    l.inputs += o.classes;
    l.forward = forward_label_embed_layer;
    l.backward = backward_label_embed_layer;

    label_embed *e = checked_calloc(1, sizeof *e);
    *e = (label_embed){
        .classes = o.classes, .size = o.size, .spatial = o.spatial, .attributes = o.attributes, .dropout = o.dropout};
    e->width = o.size ? o.size * (o.spatial ? pixels : 1) : o.classes;
    e->t = checked_calloc((size_t)s.batch * o.classes, sizeof(float));
    e->h = o.size ? checked_calloc((size_t)s.batch * e->width, sizeof(float)) : e->t;
    e->dh = checked_calloc((size_t)s.batch * e->width, sizeof(float));
    e->base.nparams = o.size > 0;
    e->base.params = checked_calloc(1, sizeof(param));
    e->base.threads = e->work.parts = max_threads();
    if (o.size) add_sum(&e->work, (size_t)o.classes * e->width);
    if (o.size) make_param(e->base.params, "E", (size_t)o.classes * e->width, 1, 0);
    if (o.size) shape_param(e->base.params, o.classes, o.size, o.spatial ? s.h : 0, o.spatial ? s.w : 0);
    add_meaning(&e->base, "label_embed classes=%d size=%d spatial=%d%s", o.classes, o.size, o.spatial,
                o.attributes ? " attributes=1" : "");
    l.self_layer = (layer *)e;
    l.workspace_size = slices_bytes(&e->work, s.batch);
    if (verbose)
        fprintf(stderr, "label %5d %-14s %4d x%4d x%4d   ->  %4d floats%s\n", o.classes, name_of_labels(o), s.w, s.h,
                s.colours, o.size ? o.size : o.classes, o.spatial ? " a pixel" : "");
    return l;
}

/* Dropped labels are chosen by the image's place in the stream of training images. */
static int is_dropped(const label_embed *e, uint64_t image)
{
    return random_unit(e->seed, STREAM_LABEL_DROPOUT, image, 0) < e->dropout;
}

void take_labels(label_embed *e, const layer *l, const network *net)
{
    for (int b = 0; b < l->batch; ++b) {
        const float *row = net->input + (size_t)b * l->inputs;
        float *t = e->t + (size_t)b * e->classes;
        memcpy(t, row + l->outputs, e->classes * sizeof(float));
        if (net->train && e->dropout > 0 && is_dropped(e, *net->seen - l->batch + b))
            memset(t, 0, e->classes * sizeof(float));
    }
}

/* ---- forward ----

     t (B,K)   h (B,D), or (B,D,H,W) where spatial   E (K,D), or (K,D,H,W)

     h = t E                                          size=0: h = t
     y = the image

   OVERWRITES t, h and y, and zeroes dh, to which the gated layers will add. */

/* h = t E for one image: sums in the order of the classes. */
static void embed(const label_embed *e, const float *t, float *h)
{
    const float *row = e->base.params[0].value;
    memset(h, 0, e->width * sizeof(float));
    for (int k = 0; k < e->classes; ++k, row += e->width)
        if (t[k] != 0) add_times(e->width, t[k], row, h);
}

void forward_label_embed_layer(layer l, network net)
{
    label_embed *e = own(&l);
    take_labels(e, &l, &net);
    for (int b = 0; b < l.batch; ++b) {
        memcpy(l.output + (size_t)b * l.outputs, net.input + (size_t)b * l.inputs, l.outputs * sizeof(float));
        if (e->size) embed(e, e->t + (size_t)b * e->classes, e->h + (size_t)b * e->width);
    }
    memset(e->dh, 0, (size_t)l.batch * e->width * sizeof(float));
    e->base.image = l.output;
    e->base.image_delta = net.delta ? l.delta : 0;
}

/* ---- backward ----

     forward          so, with dh from the gated layers
     h = t E          dE += t^T dh    dt += dh E^T    size=0: dt += dh
     y = the image    dx += dy

   ADDS to the update of E and, where it is wanted, to the gradient of the input's rows: pixels, then t. */

typedef struct {
    layer_io io;
    const label_embed *e;
    int inputs, pixels; // floats of an input row, of the image in it
} label_pass;

/* dE += t^T dh, for one image. */
static void embed_backward(const label_embed *e, const float *t, const float *dh, float *row)
{
    for (int k = 0; k < e->classes; ++k, row += e->width)
        if (t[k] != 0) add_times(e->width, t[k], dh, row);
}

/* dt += dh E^T, for one image. */
static void give_label(const label_embed *e, const float *dh, float *dt)
{
    if (!e->size) add_into(e->classes, dh, dt);
    for (int k = 0; e->size && k < e->classes; ++k)
        dt[k] += dot(e->width, dh, e->base.params[0].value + (size_t)k * e->width);
}

static void backward_image(const void *pass, int b, slice *s)
{
    const label_pass *p = pass;
    const label_embed *e = p->e;
    const float *dh = e->dh + (size_t)b * e->width;
    if (e->size) embed_backward(e, e->t + (size_t)b * e->classes, dh, s->sum[0]);
    if (!p->io.dx) return;
    float *row = p->io.dx + (size_t)b * p->inputs;
    add_into(p->pixels, p->io.dy + (size_t)b * p->pixels, row);
    give_label(e, dh, row + p->pixels);
}

static void give_updates(const void *pass, portion part)
{
    const label_pass *p = pass;
    const label_embed *e = p->e;
    if (!e->size) return;
    index_range r = portion_range((size_t)e->classes * e->width, part);
    add_into(r.end - r.from, summed(&e->work, p->io.workspace, 0) + r.from, e->base.params[0].update + r.from);
}

static const image_functions functions = {.backward = backward_image, .give_updates = give_updates};

void backward_label_embed_layer(layer l, network net)
{
    label_pass p = {.io = io_of(&l, &net), .e = own(&l), .inputs = l.inputs, .pixels = l.outputs};
    backward_images(&functions, &p.e->work, &p);
}

label_embed *label_of(const network *net) { return net->layers->type == LABEL_EMBED ? own(net->layers) : 0; }
