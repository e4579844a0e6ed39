#include <string.h>
#include "base/calls_gpu.h"
#include "base/errors.h"
#include "base/progress.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/sample/sampler_gpu.h"

/* Lanes drawn together: with more, time is proportional to their number. */
enum { MOST_LANES = 1024 };

static void draw_images(lanes_gpu *s, const packed_net *p, const sample_request *w, unsigned char *levels)
{
    start_images_gpu(s, w, levels);
    for (int r = 0; r < p->h; ++r) {
        draw_row_gpu(s, r);
        count_progress((long)w->n * p->w * p->colours); // queued: the device is a little behind
    }
    end_images_gpu(s, levels);
}

int sample_net_by_gpu(network *net, sample_request w, unsigned char *levels, int most, lanes_gpu_options o)
{
    if (w.n == 0) return !o.plain;
    CUDA_OK(cudaSetDevice(net->gpu_index));
    copy_weights_gpu(net, PULL_GPU);
    packed_net *p = pack_net(net);
    int each = w.labels && w.guidance != 0 ? 2 : 1, classes = p->embed ? p->embed->classes : 0;
    if (!most || most > MOST_LANES) most = MOST_LANES;
    if (most > each * w.n) most = each * w.n;
    o.twins = each == 2;
    o.nats = w.nll != 0;
    lanes_gpu *s = make_lanes_gpu(p, padded(most, each), o);
    int together = lanes_at_once_gpu(s) / each;
    for (int i = 0; i < w.n; i += together) {
        sample_request part = part_of_request(&w, i, w.n - i < together ? w.n - i : together, classes);
        draw_images(s, p, &part, levels + (size_t)i * net->truths);
    }
    int graphs = lanes_use_graphs_gpu(s);
    free_lanes_gpu(s);
    free_packed_net(p);
    return graphs;
}

/* A number of the environment, one of those in `allowed`, or 0. */
static int measured_option(const char *name, const char *allowed)
{
    const char *text = getenv(name);
    if (!text) return 0;
    if (strlen(text) != 1 || !strchr(allowed, *text)) die("%s=%s: expected one of the digits %s", name, text, allowed);
    return *text - '0';
}

void sample_net_gpu(network *net, sample_request w, unsigned char *levels)
{
    lanes_gpu_options o = {.plain = getenv("PIXELCNN_GRAPHS") && !measured_option("PIXELCNN_GRAPHS", "01"),
                           .lanes_a_block = measured_option("PIXELCNN_LANES_A_BLOCK", "1248")};
    sample_net_by_gpu(net, w, levels, 0, o);
}
