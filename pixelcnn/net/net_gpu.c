/*
net_gpu.c - whole nets on a device. See net_gpu.h.
*/
#include "base/calls_gpu.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/net_gpu.h"

void forward_net_gpu(network *net)
{
    network pass = *net;
    CUDA_OK(cudaSetDevice(net->gpu_index));
    push_gpu(net->input_gpu, net->input, (size_t)net->batch * net->inputs);
    if (net->truth) push_gpu(net->truth_gpu, net->truth, (size_t)net->batch * net->truths);
    for (int i = 0; i < net->n; ++i) {
        layer l = net->layers[i];
        pass.index = i;
        if (net->train) zero_gpu(l.delta_gpu, (size_t)l.batch * l.outputs);
        l.forward_gpu(l, pass);
        pass.input = l.output;
        pass.input_gpu = l.output_gpu;
    }
    calc_network_cost(net);
    if (!net->train && !net->truth) pull_output(net, net->n - 1);
}

static void each_array(network *net, void (*way)(const param *))
{
    param *arrays = array_list(net);
    for (int i = 0; i < net->n; ++i)
        for (int k = 0, n = layer_arrays(net->layers[i], 0, arrays); k < n; ++k)
            if (arrays[k].value_gpu) way(arrays + k);
    free(arrays);
}

static void push_array(const param *p) { push_gpu(p->value_gpu, p->value, p->n); }
static void pull_array(const param *p) { pull_gpu(p->value_gpu, p->value, p->n); }

void push_net(network *net)
{
    if (net->gpu_index < 0) return;
    CUDA_OK(cudaSetDevice(net->gpu_index));
    each_array(net, push_array);
    pixel_softmax *loss = loss_of(net);
    if (loss && loss->push_solver_gpu) loss->push_solver_gpu(loss->solver);
}

void pull_net(network *net)
{
    if (net->gpu_index < 0) return;
    CUDA_OK(cudaSetDevice(net->gpu_index));
    each_array(net, pull_array);
    pixel_softmax *loss = loss_of(net);
    if (loss && loss->pull_solver_gpu) loss->pull_solver_gpu(loss->solver);
}

void pull_output(network *net, int i)
{
    layer l = net->layers[i];
    if (net->gpu_index >= 0 && l.output_gpu) pull_gpu(l.output_gpu, l.output, (size_t)l.batch * l.outputs);
}

void pull_pass(network *net)
{
    for (int i = 0; i < net->n; ++i) pull_output(net, i);
}
