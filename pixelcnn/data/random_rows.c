#include "base/random.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/random_rows.h"

data random_rows(const network *net, int n)
{
    data rows = {.X = make_matrix(n, net->inputs), .y = make_matrix(n, net->truths)};
    int levels = loss_of(net)->levels;
    label_embed *label = label_of(net);
    for (int i = 0; i < n; ++i) {
        float *x = rows.X.vals[i], *y = rows.y.vals[i];
        for (int k = 0; k < net->truths; ++k) {
            y[k] = random_bits(1, STREAM_SAMPLE, i, k) % levels;
            x[k] = input_of_level(y[k], levels);
        }
        if (label) one_hot_label(x + net->truths, label->classes, i % label->classes);
    }
    return rows;
}
