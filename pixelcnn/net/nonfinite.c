/* Tests the bits, so that no compiler option can optimise the test away. */
#include <stdint.h>
#include <string.h>
#include "base/errors.h"
#include "layers/handed_on.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/nonfinite.h"

size_t first_nonfinite(size_t n, const float *x)
{
    for (size_t k = 0; k < n; ++k) {
        uint32_t bits;
        memcpy(&bits, x + k, sizeof bits);
        if ((bits & 0x7f800000) == 0x7f800000) return k;
    }
    return n;
}

int has_nonfinite(const network *net, int layer, const char *what, size_t n, const float *x, char *where)
{
    size_t k = x ? first_nonfinite(n, x) : n;
    if (k == n) return 0;
    snprintf(where, 256, "layer %d (%s), %s[%zu] is %g", layer, section_of(net->layers + layer), what, k, x[k]);
    return 1;
}

/* Of layer i. */
static int has_bad_images(const network *net, int i, int first, int n, char *where)
{
    const layer *l = net->layers + i;
    size_t floats = l->outputs;
    if (l->output) return has_nonfinite(net, i, "output", n * floats, l->output + first * floats, where);
    float *planes = checked_calloc(n * floats, sizeof(float));
    for (int b = 0; b < n; ++b) copy_output(l, first + b, planes + b * floats);
    int bad = has_nonfinite(net, i, "output", n * floats, planes, where);
    free(planes);
    return bad;
}

int has_nonfinite_output(const network *net, int first, int n, char *where)
{
    int i = 0;
    while (i < net->n && !has_bad_images(net, i, first, n, where)) ++i;
    return i < net->n;
}

void die_nonfinite_pass(network *net, int b, const char *what)
{
    char where[256] = "every layer's output is finite";
    pull_pass(net);
    has_nonfinite_output(net, b, 1, where);
    die_with_status(3, "%s: the likelihood is %g: %s; the weights are too large for this input", what,
                    loss_of(net)->nll[b], where);
}
