#include "layers/label_embed_layer.h"
#include "layers/layer_pass.h"

layer_io io_of(const layer *l, const network *net)
{
    const label_embed *e = label_of(net);
    layer_io io = {.batch = l->batch, .train = net->train, .x = net->input, .dx = net->delta};
    io.y = l->output;
    io.dy = l->delta;
    if (e) io.label = (label_vectors){e->h, e->dh};
    io.workspace = net->workspace;
    return io;
}

layer_io io_from(const layer *l, const network *net, int from)
{
    layer_io io = io_of(l, net);
    io.x = from == FROM_IMAGE ? image_of(net)->image : 0;
    io.dx = from == FROM_IMAGE ? image_of(net)->image_delta : 0;
    io.source = from == FROM_IMAGE ? 0 : &base_of(&net->layers[from])->handed;
    io.handed = &base_of(l)->handed;
    return io;
}

/* A pass as the parts of it see it. */
typedef struct {
    const image_functions *f;
    const slices *work;
    const layer_io *io; // the start of the layer's own struct
} parted_pass;

static void take_weights(void *context, int part)
{
    const parted_pass *t = context;
    if (t->f->take_weights) t->f->take_weights(t->io, portion_of(t->work, part));
}

static void forward_part(void *context, int part)
{
    const parted_pass *t = context;
    index_range r = portion_range(t->io->batch, portion_of(t->work, part));
    float *scratch = slice_scratch(t->work, t->io->workspace, part);
    for (size_t b = r.from; b < r.end; ++b) t->f->forward(t->io, b, scratch);
}

static void backward_part(void *context, int part)
{
    const parted_pass *t = context;
    sum_images(t->work, &(summed_images){t->io->batch, t->f->backward, t->io, t->io->workspace}, part);
}

static void sum_parts(void *context, int part)
{
    const parted_pass *t = context;
    sum_subtrees(t->work, &(summed_images){t->io->batch, t->f->backward, t->io, t->io->workspace}, part);
}

static void give_updates(void *context, int part)
{
    const parted_pass *t = context;
    if (t->f->give_updates) t->f->give_updates(t->io, portion_of(t->work, part));
}

void forward_images(const image_functions *f, const slices *work, const void *pass)
{
    run_parts(work->parts, (phase[]){take_weights, forward_part, 0}, &(parted_pass){f, work, pass});
}

void backward_images(const image_functions *f, const slices *work, const void *pass)
{
    run_parts(work->parts, (phase[]){backward_part, sum_parts, give_updates, 0}, &(parted_pass){f, work, pass});
}
