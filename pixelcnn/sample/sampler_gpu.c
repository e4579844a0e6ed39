#include "base/calls_gpu.h"
#include "base/progress.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/sample/lanes_gpu.h"
#include "pixelcnn/sample/plan_gpu.h"
#include "pixelcnn/sample/sampler_gpu.h"

/* Lanes drawn together: with more, time is proportional to their number. */
enum { MOST_LANES = 1024 };

/* As many lanes as fit into half of the free memory. */
static int lanes_that_fit(const packed_net *p, int n)
{
    size_t left = 0, all = 0, each = lane_bytes_gpu(p);
    CUDA_OK(cudaMemGetInfo(&left, &all));
    while (n > 2 && n * each > left / 2) n = (n + 1) / 2;
    return n;
}

/* Given pixels are evaluated up to the last that is drawn in their row. */
static void draw_images(lanes_gpu *s, const packed_net *p, const sample_request *w, unsigned char *levels)
{
    start_images_gpu(s, w, levels);
    for (int r = 0; r < p->h; ++r) {
        int n = p->w;
        while (n && w->keep && w->keep[r * p->w + n - 1]) --n;
        start_row_gpu(s, r);
        for (int c = 0; c < n; ++c) draw_pixel_gpu(s);
        count_progress((long)w->n * p->w * p->colours); // queued: the device is a little behind
    }
    end_images_gpu(s, levels);
}

int sample_net_by_gpu(network *net, sample_request w, unsigned char *levels, int graphs, int most)
{
    if (w.n == 0) return graphs;
    CUDA_OK(cudaSetDevice(net->gpu_index));
    copy_weights_gpu(net, PULL_GPU);
    packed_net *p = wire_packed_net(net);
    int each = w.labels && w.guidance != 0 ? 2 : 1, classes = p->embed ? p->embed->classes : 0;
    int lanes = most && most < each * w.n ? most : each * w.n;
    lanes = lanes_that_fit(p, lanes < MOST_LANES ? lanes : MOST_LANES);
    int together = lanes / each ? lanes / each : 1;
    lanes_gpu *s = make_lanes_gpu(p, together * each, graphs);
    for (int i = 0; i < w.n; i += together) {
        sample_request part = part_of_request(&w, i, w.n - i < together ? w.n - i : together, classes);
        draw_images(s, p, &part, levels + (size_t)i * net->truths);
    }
    graphs = lanes_use_graphs_gpu(s);
    free_lanes_gpu(s);
    free_packed_net(p);
    return graphs;
}

void sample_net_gpu(network *net, sample_request w, unsigned char *levels) { sample_net_by_gpu(net, w, levels, 1, 0); }
