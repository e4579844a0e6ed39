#include "layers/label_embed_layer.h"
#include "layers/layer_pass.h"

layer_io io_of_gpu(const layer *l, const network *net)
{
    const label_embed *e = label_of(net);
    layer_io io = {.batch = l->batch, .train = net->train, .x = net->input_gpu, .dx = net->delta_gpu};
    io.y = l->output_gpu;
    io.dy = l->delta_gpu;
    if (e) io.label = (label_vectors){e->h_gpu, e->dh_gpu};
    io.workspace = net->workspace;
    return io;
}

layer_io io_from_gpu(const layer *l, const network *net, int from)
{
    layer_io io = io_of_gpu(l, net);
    io.x = from == FROM_IMAGE ? image_of(net)->image_gpu : net->layers[from].output_gpu;
    io.dx = from == FROM_IMAGE ? image_of(net)->image_delta_gpu : net->layers[from].delta_gpu;
    return io;
}
