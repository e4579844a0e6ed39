#include "pixelcnn/net/nonfinite.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/train/find_nonfinite.h"
#include "pixelcnn/train/solver.h"

nonfinite find_nonfinite_weights(network *net, char *where)
{
    solver *s = net_solver(net);
    size_t at = 0;
    for (int i = 0; i < s->params.n; at += s->params.p[i++].n) {
        param p = s->params.p[i];
        const float *arrays[] = {p.value, s->m + at, s->v ? s->v + at : 0, s->average ? s->average + at : 0};
        const char *kind[] = {"", " first moment", " second moment", " average"};
        for (int k = 0; k < 4; ++k) {
            char what[64];
            snprintf(what, sizeof what, "%.40s%s", p.name, kind[k]);
            if (has_nonfinite(net, s->params.layer[i], what, p.n, arrays[k], where)) return NONFINITE_WEIGHTS;
        }
    }
    return ALL_FINITE;
}

nonfinite find_nonfinite(network *net, char *where)
{
    if (find_nonfinite_weights(net, where)) return NONFINITE_WEIGHTS;
    image_node pass = find_pixelcnn_net(net)->pass;
    size_t images = pass.n ? pass.n : net->batch; // of the last pass
    size_t k = first_nonfinite(images * net->inputs, net->input);
    if (k < images * net->inputs) {
        snprintf(where, 256, "input of image %zu of the batch, value %zu is %g", pass.first + k / net->inputs,
                 k % net->inputs, net->input[k]);
        return NONFINITE_BATCH;
    }
    if (has_nonfinite_output(net, 0, images, where)) return NONFINITE_BATCH;
    param_list all = net_solver(net)->params;
    for (int i = all.n; i--;) {
        char what[64];
        snprintf(what, sizeof what, "gradient of %.40s", all.p[i].name);
        if (has_nonfinite(net, all.layer[i], what, all.p[i].n, all.p[i].update, where)) return NONFINITE_BATCH;
    }
    snprintf(where, 256, "the loss is %g", *net->cost);
    return NONFINITE_BATCH;
}
