#include "base/calls_gpu.h"
#include "layers/math/planes_gpu.h"
#include "layers/pixel_softmax_layer.h"
#include "layers/training_gpu.h"
#include "network.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/pixelcnn_net.h"

static void place_updates(network *net, arena_gpu *a)
{
    for (int i = 0; i < net->n; ++i) {
        layer *l = net->layers + i;
        const layer_gpu *gpu = kind_of(l)->gpu;
        for (int k = 0; is_ours(l) && k < base_of(l)->nparams; ++k) {
            param *p = base_of(l)->params + k;
            p->update_gpu = arena_floats(a, p->n);
        }
        if (gpu && gpu->updates) gpu->updates(l, a);
    }
}

/* Makes what several layers share. */
static void join_layers(network *net)
{
    training_gpu *t = find_pixelcnn_net(net)->training = checked_calloc(1, sizeof *t);
    t->batch = net->batch;
    place_updates(net, &t->updates);
    open_arena(&t->updates);
    place_updates(net, &t->updates);
    for (int i = net->n; i--;) {
        const layer_gpu *gpu = kind_of(net->layers + i)->gpu;
        if (gpu && gpu->share) gpu->share(net->layers + i, net);
    }
}

void make_net_buffers_gpu(network *net, size_t workspace_bytes)
{
    net->output_gpu = get_network_output_layer(net).output_gpu;
    net->input_gpu = floats_gpu((size_t)net->inputs * net->batch);
    net->truth_gpu = floats_gpu((size_t)net->truths * net->batch);
    if (find_pixelcnn_net(net)) join_layers(net);
    if (workspace_bytes) net->workspace = floats_gpu((workspace_bytes - 1) / sizeof(float) + 1);
}

/* ---- training ---- */

/* Is the delta of layer i only overwritten, never added to? Then only the next layer reads layer i. */
static int delta_is_overwritten(const network *net, int i)
{
    return i + 2 == net->n || kind_of(net->layers + i + 1)->overwrites;
}

/* One round: see training_gpu.h. Darknet's own layers have their deltas. The loss writes where the layer
   before expects it. */
static void place_training(network *net, training_gpu *t)
{
    for (int i = net->n - 1; i--;) {
        layer *l = net->layers + i;
        const layer_kind *kind = kind_of(l);
        arena_gpu *a = delta_is_overwritten(net, i) ? &t->kept : &t->gradients;
        if (is_ours(l)) l->delta_gpu = arena_floats(a, (size_t)t->batch * l->outputs);
        if (kind->gpu && kind->gpu->train) kind->gpu->train(l, t);
    }
    net->layers[net->n - 1].delta_gpu = net->layers[net->n - 2].delta_gpu;
}

static void count_training(network *net, training_gpu *t)
{
    t->gradients.floats = t->kept.floats = t->nsums = 0;
    place_training(net, t);
}

/* Memory for training, allocated at the first call: what is necessary, and at most half of what is left after
   that. */
static const training_gpu *training_of(network *net)
{
    training_gpu *t = find_pixelcnn_net(net)->training;
    if (t->kept.base) return t;
    count_training(net, t); // with a limit of 0
    size_t needed = t->gradients.floats + t->kept.floats, left = free_memory_gpu() / sizeof(float);
    t->limit = t->kept.floats + (left > needed ? (left - needed) / 2 : 0);
    count_training(net, t);
    open_arena(&t->gradients);
    open_arena(&t->kept);
    t->sums = checked_calloc(t->nsums, sizeof(image_sum));
    t->nsums = 0;
    place_training(net, t);
    t->sums_gpu = bytes_gpu(t->nsums * sizeof(image_sum));
    push_bytes_gpu(t->sums_gpu, t->sums, t->nsums * sizeof(image_sum));
    return t;
}

void free_training_gpu(network *net)
{
    training_gpu *t = find_pixelcnn_net(net)->training;
    for (int i = 0; t && i < net->n; ++i)
        if (is_ours(net->layers + i)) net->layers[i].delta_gpu = 0;
    if (!t) return;
    free_gpu(t->updates.base);
    free_gpu(t->gradients.base);
    free_gpu(t->kept.base);
    free_gpu(t->sums_gpu);
    free(t->sums);
    free(t);
}

/* ---- passes ---- */

void forward_net_gpu(network *net)
{
    network pass = *net;
    CUDA_OK(cudaSetDevice(net->gpu_index));
    push_gpu(net->input_gpu, net->input, (size_t)net->batch * net->inputs);
    if (net->truth) push_gpu(net->truth_gpu, net->truth, (size_t)net->batch * net->truths);
    if (net->train) {
        const training_gpu *t = training_of(net);
        zero_gpu(t->gradients.base, t->gradients.floats);
    }
    for (int i = 0; i < net->n; ++i) {
        layer l = net->layers[i];
        pass.index = i;
        l.forward_gpu(l, pass);
        pass.input = l.output;
        pass.input_gpu = l.output_gpu;
    }
    if (!net->train && net->truth) pull_losses_gpu(net);
    if (!net->train && !net->truth) pull_output_gpu(net, net->n - 1);
}

void pull_losses_gpu(network *net)
{
    pull_softmax_losses_gpu(net);
    calc_network_cost(net);
}

/* What Darknet's backward_network_gpu gives a layer. */
static network seen_by(const network *net, int i)
{
    network pass = *net;
    pass.index = i;
    if (!i) return pass;
    const layer *before = net->layers + i - 1;
    pass.input = before->output;
    pass.delta = before->delta;
    pass.input_gpu = before->output_gpu;
    pass.delta_gpu = before->delta_gpu;
    return pass;
}

void backward_net_gpu(network *net)
{
    const training_gpu *t = training_of(net);
    CUDA_OK(cudaSetDevice(net->gpu_index));
    for (int i = net->n; i--;) net->layers[i].backward_gpu(net->layers[i], seen_by(net, i));
    add_image_sums_gpu(t->nsums, t->sums_gpu, net->batch);
}

/* ---- copies ---- */

void copy_weights_gpu(network *net, direction_gpu way)
{
    param *arrays = array_list(net);
    CUDA_OK(cudaSetDevice(net->gpu_index));
    for (int i = 0; i < net->n; ++i)
        for (int k = 0, n = layer_arrays(net->layers[i], 0, arrays); k < n; ++k)
            if (arrays[k].value_gpu) transfer_gpu(way, arrays[k].value_gpu, arrays[k].value, arrays[k].n);
    free(arrays);
}

void copy_net_gpu(network *net, direction_gpu way)
{
    pixelcnn_net *own = find_pixelcnn_net(net);
    copy_weights_gpu(net, way);
    if (own && own->solver) (way == PUSH_GPU ? own->push_solver : own->pull_solver)(own->solver);
}

void pull_features_gpu(const layer *l, const float *x, float *to)
{
    layer_gives gives = kind_of(l)->gives;
    if (gives == GIVES_IMAGE || gives == GIVES_LOSS)
        pull_gpu(x, to, (size_t)l->batch * l->outputs);
    else
        pull_planes_gpu(x, l->batch, l->out_c, (size_t)l->out_h * l->out_w, to);
}

void pull_output_gpu(network *net, int i)
{
    const layer *l = net->layers + i;
    if (l->output_gpu) pull_features_gpu(l, l->output_gpu, l->output);
}
