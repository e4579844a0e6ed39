#include "base/calls_gpu.h"
#include "network.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/pixelcnn_net.h"

void make_net_buffers_gpu(network *net, size_t workspace_bytes)
{
    net->output_gpu = get_network_output_layer(net).output_gpu;
    net->input_gpu = floats_gpu((size_t)net->inputs * net->batch);
    net->truth_gpu = floats_gpu((size_t)net->truths * net->batch);
    if (workspace_bytes) net->workspace = floats_gpu((workspace_bytes - 1) / sizeof(float) + 1);
}

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
    if (!net->train && !net->truth) pull_output_gpu(net, net->n - 1);
}

void copy_net_gpu(network *net, direction_gpu way)
{
    pixelcnn_net *own = find_pixelcnn_net(net);
    param *arrays = array_list(net);
    CUDA_OK(cudaSetDevice(net->gpu_index));
    for (int i = 0; i < net->n; ++i)
        for (int k = 0, n = layer_arrays(net->layers[i], 0, arrays); k < n; ++k)
            if (arrays[k].value_gpu) transfer_gpu(way, arrays[k].value_gpu, arrays[k].value, arrays[k].n);
    free(arrays);
    if (own && own->solver) (way == PUSH_GPU ? own->push_solver : own->pull_solver)(own->solver);
}

void pull_output_gpu(network *net, int i)
{
    layer l = net->layers[i];
    if (l.output_gpu) pull_gpu(l.output_gpu, l.output, (size_t)l.batch * l.outputs);
}
