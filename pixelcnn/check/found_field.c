#include <string.h>
#include "base/progress.h"
#include "base/random.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/check/found_field.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/net/positions.h"

/* The gradient of a far value is a product of small numbers over all layers, that of a near one a sum over
   very many paths. So the seed gradient is large, and the features are small enough that all the paths of 60
   pairs of layers do not saturate a gate. */
#define SEED_GRADIENT 0x1p60f
#define BIAS 1e-12

/* How much larger than the mean of its inputs a sum comes out. */
static double gain_of(const layer *l, const char *name)
{
    const layer_kind *kind = kind_of(l);
    return kind->gain ? kind->gain(name) : 1;
}

void set_positive_weights(network *net, uint64_t seed)
{
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i) {
        param p = all.p[i];
        double scale = p.fan_in ? gain_of(net->layers + all.layer[i], p.name) / p.fan_in : BIAS;
        for (size_t k = 0; k < p.n; ++k)
            p.value[k] = p.allowed && !p.allowed[k] ? 0 : scale * (.5 + random_unit(seed, STREAM_INIT, i, k));
    }
    for (int i = 0; i < net->n; ++i)
        if (net->layers[i].activation == STAIR) net->layers[i].activation = LINEAR;
    free_param_list(&all);
}

/* As Darknet's backward_network, but starting from the logits, whose gradients are in the delta of layer
   n-2. */
static void backward_from_logits(network *netp)
{
    network net = *netp;
    for (int i = net.n - 2; i >= 0; --i) {
        net.index = i;
        net.input = i ? net.layers[i - 1].output : netp->input;
        net.delta = i ? net.layers[i - 1].delta : netp->delta;
        net.layers[i].backward(net.layers[i], net);
    }
}

/* Sets the gradient of all levels of the output at a position of image b. */
static void seed_gradient(const network *net, int position, int b)
{
    layer logits = net->layers[net->n - 2];
    int levels = loss_of(net)->levels, plane = net->h * net->w;
    float *d = logits.delta + (size_t)b * logits.outputs + (size_t)colour_of_position(net, position) * levels * plane;
    for (int l = 0; l < levels; ++l) d[(size_t)l * plane + position / net->c] = SEED_GRADIENT;
}

static void clear_updates(const network *net)
{
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i) memset(all.p[i].update, 0, all.p[i].n * sizeof(float));
    free_param_list(&all);
}

void find_receptive_fields(network *net, const int *positions, int n, unsigned char *fields)
{
    memset(net->input, 0, (size_t)net->batch * net->inputs * sizeof(float));
    net->delta = checked_calloc((size_t)net->batch * net->inputs, sizeof(float));
    net->train = 1;
    forward_network(net);
    for (int b = 0; b < n; ++b) seed_gradient(net, positions[b], b);
    backward_from_logits(net);
    for (int b = 0; b < n; ++b)
        for (int i = 0; i < net_positions(net); ++i)
            fields[(size_t)b * net_positions(net) + i] = net->delta[(size_t)b * net->inputs + i] != 0;
    free(net->delta);
    net->delta = 0;
    net->train = 0;
    clear_updates(net);
}

static void compare(field_survey *s, const network *net, int position, const unsigned char *found,
                    const unsigned char *declared)
{
    for (int p = 0; p < net_positions(net); ++p) {
        int value = value_of_position(net, p);
        if (found[value] == declared[value]) continue;
        if (!s->differing++) {
            s->at = position;
            s->value = p;
            s->found = found[value];
        }
        return;
    }
}

void add_to_survey(field_survey *s, const network *net, int position, const unsigned char *field)
{
    int first, blind = count_blind_values(net, position, field, &first);
    if (blind && !s->blind++) {
        s->blind_at = position;
        s->unseen = first;
    }
    s->positions++;
    s->seen += count_seen_values(net, position, field);
    s->earlier += position;
}

field_survey survey_fields(network *net, const int *positions, int n)
{
    field_survey s = {0};
    size_t values = net_positions(net);
    unsigned char *found = checked_calloc(net->batch, values), *declared = checked_calloc(values, 1);
    for (int i = 0; i < n; i += net->batch) {
        int part = n - i < net->batch ? n - i : net->batch;
        find_receptive_fields(net, positions + i, part, found);
        for (int b = 0; b < part; ++b) {
            declared_field(net, positions[i + b], declared);
            compare(&s, net, positions[i + b], found + b * values, declared);
            add_to_survey(&s, net, positions[i + b], found + b * values);
        }
        count_progress(part);
    }
    free(found);
    free(declared);
    return s;
}
