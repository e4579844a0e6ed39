/*
hashes.c - see hashes.h.
*/
#include <string.h>
#include "base/exact_math.h"
#include "base/memory.h"
#include "base/random.h"
#include "layers/activation_math.h"
#include "layers/label_embed_layer.h"
#include "layers/math/fourier_math.h"
#include "layers/math/gate.h"
#include "layers/math/softmax.h"
#include "layers/math/vector_ops.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/sample/sampler.h"
#include "pixelcnn/sample/sequential.h"
#include "tests/hashes.h"

/* FNV-1a: nothing to link with. */
static void add_bytes(uint64_t *hash, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; ++i) *hash = (*hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
}

static const uint64_t start = 0xcbf29ce484222325;

/* ---- functions ---- */

enum { NUMBERS = 1024, FEATURES = 16 };

static double unit(int i, int stream) { return random_unit(stream, STREAM_INIT, i, 0); }

/* Small and large ones, of either sign. */
static float some_number(int i, int stream)
{
    static const float scale[] = {1, 8, 1e-3f, 100, 1e-30f};
    return (unit(i, stream) - .5f) * scale[i % 5];
}

static void hash_vector_functions(uint64_t *hash)
{
    static float x[2 * NUMBERS], y[2 * NUMBERS], p[NUMBERS];
    const float none[2 * FEATURES] = {0};
    float sums[2 * FEATURES] = {0};
    for (int i = 0; i < 2 * NUMBERS; ++i) x[i] = some_number(i, 1);
    exp_apply(NUMBERS, x, y);
    add_times(NUMBERS, .3f, x + NUMBERS, y);
    add_bytes(hash, y, NUMBERS * sizeof(float));
    gate_items t = {.n = NUMBERS / FEATURES, .f = FEATURES, .z = x, .label = none, .y = p};
    t.z_step = 2 * FEATURES;
    t.y_step = FEATURES;
    gate_forward(&t);
    add_bytes(hash, p, sizeof p);
    gate_backward(&t, y, 2 * FEATURES, sums);
    add_bytes(hash, y, sizeof y);
    add_bytes(hash, sums, sizeof sums);
    float sum = dot(NUMBERS - 3, x, y);
    add_bytes(hash, &sum, sizeof sum);
    for (int i = 0; i < NUMBERS / 4; ++i) y[i] = i % 4;
    double nats = softmax_forward(4, NUMBERS / 4, x, y, p);
    add_bytes(hash, p, sizeof p);
    add_bytes(hash, &nats, sizeof nats);
}

static void hash_scalar_functions(uint64_t *hash, int i)
{
    float x = some_number(i, 1), sum = fused(HAS_FMA, x, some_number(i, 2), some_number(i, 3));
    float waves[1 + 2 * MOST_OCTAVES];
    fourier_features(x, MOST_OCTAVES, waves, 1);
    add_bytes(hash, waves, sizeof waves);
    add_bytes(hash, &sum, sizeof sum);
    for (ACTIVATION a = LOGISTIC; a <= SELU; ++a) {
        float activated = activation_of(x, a);
        add_bytes(hash, &activated, sizeof activated);
    }
    double of_doubles[] = {exact_exp(x), exact_expm1(x), exact_tanh(x), exact_log(x < 0 ? 1 - x : 1 + x)};
    add_bytes(hash, of_doubles, sizeof of_doubles);
}

uint64_t hash_of_functions(void)
{
    uint64_t hash = start;
    hash_vector_functions(&hash);
    for (int i = 0; i < NUMBERS; ++i) hash_scalar_functions(&hash, i);
    return hash;
}

/* ---- nets ---- */

void set_reproducible_weights(network *net)
{
    param_list l = net_params(net);
    for (int k = 0; k < l.n; ++k)
        for (size_t i = 0; i < l.p[k].n; ++i)
            if (!l.p[k].allowed || l.p[k].allowed[i]) l.p[k].value[i] = random_unit(k, STREAM_INIT, i, 0) - .5;
    free_param_list(&l);
}

static float *labels_in_turn(const network *net, int n)
{
    int classes = label_of(net) ? label_of(net)->classes : 0;
    float *labels = checked_calloc((size_t)n * (classes + 1), sizeof(float));
    for (int i = 0; classes && i < n; ++i) labels[(size_t)i * classes + i % classes] = 1;
    return labels;
}

uint64_t hash_of_drawing(network *net, int n, int rows)
{
    int levels = loss_of(net)->levels, last = (rows ? rows : net->h) * net->w * net->c - 1;
    float *labels = labels_in_turn(net, n);
    packed_net *p = pack_net(net);
    sequence *s = make_sequence(p, n);
    uint64_t hash = start;
    sequence_start(s, 0, n, labels);
    for (int position = -1; position < last && sequence_next(s);) {
        position = sequence_position(s);
        for (int i = 0; i < n; ++i) {
            double nats;
            const float *logits = sequence_logits(s, i);
            unsigned char level = draw_level(logits, levels, 1, random_unit(1, STREAM_SAMPLE, i, position), &nats);
            add_bytes(&hash, logits, levels * sizeof(float));
            add_bytes(&hash, &level, 1);
            add_bytes(&hash, &nats, sizeof nats);
            sequence_put(s, i, level);
        }
    }
    free_sequence(s);
    free_packed_net(p);
    free(labels);
    return hash;
}
