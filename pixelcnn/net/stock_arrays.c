/* The arrays of Darknet's own layers, in the order in which it writes them. */
#include "base/device.h"
#include "pixelcnn/net/layer_table.h"

/* An array of a layer, by the names of its fields. */
#define LEARNED(text, field, updates, count, decay)                                                                    \
    ((param){.name = text,                                                                                             \
             .value = field,                                                                                           \
             .update = updates,                                                                                        \
             .value_gpu = GPU_FIELD(field),                                                                            \
             .update_gpu = GPU_FIELD(updates),                                                                         \
             .n = count,                                                                                               \
             .decays = decay})
#define KEPT(text, field, count) ((param){.name = text, .value = field, .value_gpu = GPU_FIELD(field), .n = count})

/* The arrays that batch normalisation adds to a layer with n channels. */
static param *normalisation(layer l, int loading, size_t n, param *out)
{
    if (!l.batch_normalize || (loading && l.dontloadscales)) return out;
    *out++ = LEARNED("scales", l.scales, l.scale_updates, n, 0);
    *out++ = KEPT("rolling_mean", l.rolling_mean, n);
    *out++ = KEPT("rolling_variance", l.rolling_variance, n);
    return out;
}

int convolutional_arrays(layer l, int loading, param *out)
{
    param *p = out;
    size_t filters = l.n, weights = l.nweights;
    if (loading && l.numload) {
        filters = l.numload;
        weights = weights / l.n * l.numload;
    }
    *p++ = LEARNED("biases", l.biases, l.bias_updates, filters, 0);
    p = normalisation(l, loading, filters, p);
    *p++ = LEARNED("weights", l.weights, l.weight_updates, weights, 1);
    p[-1].fan_in = weights / filters;
    shape_param(p - 1, filters, weights / filters / l.size / l.size, l.size, l.size);
    return p - out;
}

int connected_arrays(layer l, int loading, param *out)
{
    param *p = out;
    *p++ = LEARNED("biases", l.biases, l.bias_updates, l.outputs, 0);
    *p++ = LEARNED("weights", l.weights, l.weight_updates, (size_t)l.outputs * l.inputs, 1);
    return normalisation(l, loading, l.outputs, p) - out;
}

int batchnorm_arrays(layer l, int loading, param *out)
{
    (void)loading;
    out[0] = LEARNED("scales", l.scales, l.scale_updates, l.c, 0);
    out[1] = KEPT("rolling_mean", l.rolling_mean, l.c);
    out[2] = KEPT("rolling_variance", l.rolling_variance, l.c);
    return 3;
}

int local_arrays(layer l, int loading, param *out)
{
    (void)loading;
    size_t weights = (size_t)l.size * l.size * l.c * l.n * l.out_w * l.out_h;
    out[0] = LEARNED("biases", l.biases, l.bias_updates, l.outputs, 0);
    out[1] = LEARNED("weights", l.weights, l.weight_updates, weights, 1);
    return 2;
}

/* For layers made of layers. */

static int of_parts(layer **part, int n, int loading, param *out)
{
    int count = 0;
    for (int i = 0; i < n; ++i) count += layer_arrays(*part[i], loading, out + count);
    return count;
}

static void parts_loaded(layer **part, int n, int transposed)
{
    for (int i = 0; i < n; ++i) row_of_type(part[i]->type)->loaded(*part[i], transposed);
}

#define RNN_PARTS(l) (layer *[]){(l).input_layer, (l).self_layer, (l).output_layer}, 3
#define GRU_PARTS(l) (layer *[]){(l).wz, (l).wr, (l).wh, (l).uz, (l).ur, (l).uh}, 6
#define LSTM_PARTS(l) (layer *[]){(l).wi, (l).wf, (l).wo, (l).wg, (l).ui, (l).uf, (l).uo, (l).ug}, 8

int rnn_arrays(layer l, int loading, param *out) { return of_parts(RNN_PARTS(l), loading, out); }
int crnn_arrays(layer l, int loading, param *out) { return of_parts(RNN_PARTS(l), loading, out); }
int gru_arrays(layer l, int loading, param *out) { return of_parts(GRU_PARTS(l), loading, out); }
int lstm_arrays(layer l, int loading, param *out) { return of_parts(LSTM_PARTS(l), loading, out); }

void rnn_loaded(layer l, int transposed) { parts_loaded(RNN_PARTS(l), transposed); }
void crnn_loaded(layer l, int transposed) { parts_loaded(RNN_PARTS(l), transposed); }
void gru_loaded(layer l, int transposed) { parts_loaded(GRU_PARTS(l), transposed); }
void lstm_loaded(layer l, int transposed) { parts_loaded(LSTM_PARTS(l), transposed); }

void convolutional_loaded(layer l, int transposed)
{
    (void)transposed;
    if (l.flipped) transpose_matrix(l.weights, l.c * l.size * l.size, l.numload ? l.numload : l.n);
}

void connected_loaded(layer l, int transposed)
{
    if (transposed) transpose_matrix(l.weights, l.inputs, l.outputs);
}
