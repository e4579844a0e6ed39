/*
rows.c - the rows that are fed to a net. See dataset.h.
*/
#include <string.h>
#include "base/memory.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/dataset.h"

void one_hot_label(float *label, int classes, int k)
{
    memset(label, 0, classes * sizeof(float));
    label[k] = 1;
}

void fill_row(const dataset *d, const network *net, int i, float *input, float *truth)
{
    int levels = loss_of(net)->levels, values = d->c * d->h * d->w;
    const unsigned char *v = d->pixels + (size_t)i * values;
    for (int k = 0; k < values; ++k) {
        int q = level_of_byte(v[k], levels);
        input[k] = input_of_level(q, levels);
        truth[k] = q;
    }
    if (d->labels) memcpy(input + values, d->labels + (size_t)i * d->classes, d->classes * sizeof(float));
}
