#include "base/device.h"
#include "base/errors.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/head_conv.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_fourier_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "layers/skip_sum_layer.h"
#include "pixelcnn/net/layer_table.h"

/* In the order of docs/cfg.md. */
const layer_kind *const layer_kinds[] = {
    &label_embed_kind,  &pixel_fourier_kind,   &gated_vstack_kind,
    &gated_hstack_kind, &skip_sum_kind,        &pixel_softmax_kind,
    &head_conv_kind,    &head_activation_kind, 0,
};

static int is_named(const char *name, const char *section, const char *alias)
{
    return !strcmp(name, section) || (alias && !strcmp(name, alias));
}

const layer_kind *kind_of_section(const char *section)
{
    for (int i = 0; layer_kinds[i]; ++i)
        if (is_named(section, layer_kinds[i]->section, layer_kinds[i]->alias)) return layer_kinds[i];
    return 0;
}

const layer_kind *find_kind(LAYER_TYPE type)
{
    for (int i = 0; layer_kinds[i]; ++i)
        if (layer_kinds[i]->type == type) return layer_kinds[i];
    return 0;
}

const layer_kind *kind_of(const layer *l)
{
    const layer_kind *kind = find_kind(l->type);
    if (!kind) die("layer type %d: not in the table of layers of a Gated PixelCNN (layer_table.c)", l->type);
    return kind;
}

int is_ours(const layer *l) { return find_kind(l->type) && !row_of_type(l->type); }

/* ---- Darknet's ---- */

static layer parse_route_stock(list *o, size_params p) { return parse_route(o, p, p.net); }
static layer parse_upsample_stock(list *o, size_params p) { return parse_upsample(o, p, p.net); }
static layer parse_shortcut_stock(list *o, size_params p) { return parse_shortcut(o, p, p.net); }

static layer parse_softmax_stock(list *o, size_params p)
{
    layer l = parse_softmax(o, p);
    p.net->hierarchy = l.softmax_tree;
    return l;
}

/* A dropout layer works on the output of the layer before it. */
static layer parse_dropout_stock(list *o, size_params p)
{
    layer l = parse_dropout(o, p);
    l.output = p.net->layers[p.index - 1].output;
    l.delta = p.net->layers[p.index - 1].delta;
    SET_GPU_FIELD(l.output, GPU_FIELD(p.net->layers[p.index - 1].output));
    SET_GPU_FIELD(l.delta, GPU_FIELD(p.net->layers[p.index - 1].delta));
    return l;
}

static const layer_row rows[] = {
    {"convolutional", "conv", CONVOLUTIONAL, parse_convolutional, convolutional_arrays, convolutional_loaded},
    {"activation", 0, ACTIVE, parse_activation, 0, 0},
    {"avgpool", "avg", AVGPOOL, parse_avgpool, 0, 0},
    {"batchnorm", 0, BATCHNORM, parse_batchnorm, batchnorm_arrays, 0},
    {"connected", "conn", CONNECTED, parse_connected, connected_arrays, connected_loaded},
    {"cost", 0, COST, parse_cost, 0, 0},
    {"crnn", 0, CRNN, parse_crnn, crnn_arrays, crnn_loaded},
    {"crop", 0, CROP, parse_crop, 0, 0},
    {"deconvolutional", "deconv", DECONVOLUTIONAL, parse_deconvolutional, convolutional_arrays, 0},
    {"detection", 0, DETECTION, parse_detection, 0, 0},
    {"dropout", 0, DROPOUT, parse_dropout_stock, 0, 0},
    {"gru", 0, GRU, parse_gru, gru_arrays, gru_loaded},
    {"iseg", 0, ISEG, parse_iseg, 0, 0},
    {"l2norm", 0, L2NORM, parse_l2norm, 0, 0},
    {"local", 0, LOCAL, parse_local, local_arrays, 0},
    {"logistic", 0, LOGXENT, parse_logistic, 0, 0},
    {"lstm", 0, LSTM, parse_lstm, lstm_arrays, lstm_loaded},
    {"maxpool", "max", MAXPOOL, parse_maxpool, 0, 0},
    {"normalization", "lrn", NORMALIZATION, parse_normalization, 0, 0},
    {"region", 0, REGION, parse_region, 0, 0},
    {"reorg", 0, REORG, parse_reorg, 0, 0},
    {"rnn", 0, RNN, parse_rnn, rnn_arrays, rnn_loaded},
    {"route", 0, ROUTE, parse_route_stock, 0, 0},
    {"shortcut", 0, SHORTCUT, parse_shortcut_stock, 0, 0},
    {"softmax", "soft", SOFTMAX, parse_softmax_stock, 0, 0},
    {"upsample", 0, UPSAMPLE, parse_upsample_stock, 0, 0},
    {"yolo", 0, YOLO, parse_yolo, 0, 0},
};
static const int nrows = sizeof rows / sizeof *rows;

const layer_row *row_of_section(const char *section)
{
    for (int i = 0; i < nrows; ++i)
        if (is_named(section, rows[i].section, rows[i].alias)) return rows + i;
    return 0;
}

const layer_row *row_of_type(LAYER_TYPE type)
{
    for (int i = 0; i < nrows; ++i)
        if (rows[i].type == type) return rows + i;
    return 0;
}

/* ---- both ---- */

const char *section_of(const layer *l) { return is_ours(l) ? kind_of(l)->section : row_of_type(l->type)->section; }

param *array_list(const network *net)
{
    int most = MAX_ARRAYS;
    for (int i = 0; i < net->n; ++i)
        if (is_ours(net->layers + i) && base_of(net->layers + i)->nparams > most)
            most = base_of(net->layers + i)->nparams;
    return checked_calloc(most, sizeof(param));
}

int layer_arrays(layer l, int loading, param *out)
{
    if (is_ours(&l)) {
        const gated_base *b = base_of(&l);
        for (int k = 0; k < b->nparams; ++k) out[k] = b->params[k];
        return b->nparams;
    }
    const layer_row *row = row_of_type(l.type);
    if (!row) die("layer type %d: not in the table of layers (layer_table.c)", l.type);
    return row->arrays ? row->arrays(l, loading, out) : 0;
}
