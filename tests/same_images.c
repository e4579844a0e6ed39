/*
same_images.c - images of two samplers, compared. See same_images.h.
*/
#include <math.h>
#include <string.h>
#include "base/random.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "pixelcnn/sample/lanes.h"
#include "tests/same_images.h"
#include "tests/support.h"

float *some_labels(const network *net, int n)
{
    label_embed *e = label_of(net);
    if (!e) return 0;
    float *labels = checked_calloc(n * e->classes, sizeof(float));
    for (int i = 0; i < n; ++i) labels[i * e->classes + i % e->classes] = 1;
    return labels;
}

/* The bounds in [0,1) between which a level is drawn by the logits of image i at a position. */
static int near_boundary(network *net, const sample_request *w, const unsigned char *levels, int i, int position)
{
    packed_net *p = pack_net(net);
    lanes *s = make_lanes(p, 2);
    int guided = w->labels && w->guidance, classes = p->embed ? p->embed->classes : 0, plane = net->h * net->w;
    float labels[64] = {0};
    if (classes) memcpy(labels, w->labels + i * classes, classes * sizeof(float));
    lanes_start_images(s, 2, labels, 2);
    for (int at = 0;; ++at) {
        int colour = at % net->c, pixel = at / net->c, c = pixel % net->w;
        if (c == 0 && colour == 0) lanes_start_row(s, pixel / net->w);
        lanes_start_value(s, c, colour);
        if (at == position) {
            double sum = 0, below = 0, u = random_unit(w->seed, STREAM_SAMPLE, w->first + i, position), near = 1;
            double share[256];
            for (int l = 0; l < p->levels; ++l) {
                double a = lanes_logits(s, 0, colour)[l], b = lanes_logits(s, 1, colour)[l];
                sum += share[l] = exp((guided ? (1 + w->guidance) * a - w->guidance * b : a) / w->temperature);
            }
            for (int l = 0; l < p->levels; ++l) near = fmin(near, fabs(u - (below += share[l]) / sum));
            free_lanes(s);
            free_packed_net(p);
            return near < 1e-5;
        }
        float x = input_of_level(levels[(size_t)i * net->truths + colour * plane + pixel], p->levels);
        lanes_put_value(s, 0, c, colour, x);
        lanes_put_value(s, 1, c, colour, x);
    }
}

void assert_same_images(network *net, const sample_request *w, const unsigned char *a, const unsigned char *b)
{
    for (int i = 0; i < w->n; ++i)
        for (int at = 0; at < net->truths; ++at) {
            size_t place = (size_t)i * net->truths + at % net->c * net->h * net->w + at / net->c;
            if (a[place] == b[place]) continue;
            if (!near_boundary(net, w, a, i, at)) fail_msg("image %d differs at position %d", i, at);
            print_message("image %d: the draw at position %d falls on a boundary\n", i, at);
            break;
        }
}
