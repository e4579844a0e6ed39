/*
layer_table.c - the table of layer types. See layer_table.h.
*/
#include "base/device.h"
#include "pixelcnn/net/layer_table.h"

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

static int own_arrays(layer l, int loading, param *out)
{
    (void)loading;
    for (int i = 0; i < base_of(&l)->nparams; ++i) out[i] = base_of(&l)->params[i];
    return base_of(&l)->nparams;
}

static const layer_row rows[] = {
    {"label_embed", 0, LABEL_EMBED, ROLE_OURS, 0, parse_label_embed, own_arrays, 0},
    {"pixel_fourier", 0, PIXEL_FOURIER, ROLE_OURS, 0, parse_pixel_fourier, own_arrays, 0},
    {"gated_vstack", 0, GATED_VSTACK, ROLE_OURS, 0, parse_gated_vstack, own_arrays, 0},
    {"gated_hstack", 0, GATED_HSTACK, ROLE_OURS, 0, parse_gated_hstack, own_arrays, 0},
    {"skip_sum", 0, SKIP_SUM, ROLE_OURS, 0, parse_skip_sum, own_arrays, 0},
    {"pixel_softmax", 0, PIXEL_SOFTMAX, ROLE_OURS, 0, parse_pixel_softmax, own_arrays, 0},

    {"convolutional", "conv", CONVOLUTIONAL, ROLE_HEAD, parse_convolutional, 0, convolutional_arrays,
     convolutional_loaded},
    {"activation", 0, ACTIVE, ROLE_HEAD, parse_activation, 0, 0, 0},

    {"avgpool", "avg", AVGPOOL, ROLE_STOCK, parse_avgpool, 0, 0, 0},
    {"batchnorm", 0, BATCHNORM, ROLE_STOCK, parse_batchnorm, 0, batchnorm_arrays, 0},
    {"connected", "conn", CONNECTED, ROLE_STOCK, parse_connected, 0, connected_arrays, connected_loaded},
    {"cost", 0, COST, ROLE_STOCK, parse_cost, 0, 0, 0},
    {"crnn", 0, CRNN, ROLE_STOCK, parse_crnn, 0, crnn_arrays, crnn_loaded},
    {"crop", 0, CROP, ROLE_STOCK, parse_crop, 0, 0, 0},
    {"deconvolutional", "deconv", DECONVOLUTIONAL, ROLE_STOCK, parse_deconvolutional, 0, convolutional_arrays, 0},
    {"detection", 0, DETECTION, ROLE_STOCK, parse_detection, 0, 0, 0},
    {"dropout", 0, DROPOUT, ROLE_STOCK, parse_dropout_stock, 0, 0, 0},
    {"gru", 0, GRU, ROLE_STOCK, parse_gru, 0, gru_arrays, gru_loaded},
    {"iseg", 0, ISEG, ROLE_STOCK, parse_iseg, 0, 0, 0},
    {"l2norm", 0, L2NORM, ROLE_STOCK, parse_l2norm, 0, 0, 0},
    {"local", 0, LOCAL, ROLE_STOCK, parse_local, 0, local_arrays, 0},
    {"logistic", 0, LOGXENT, ROLE_STOCK, parse_logistic, 0, 0, 0},
    {"lstm", 0, LSTM, ROLE_STOCK, parse_lstm, 0, lstm_arrays, lstm_loaded},
    {"maxpool", "max", MAXPOOL, ROLE_STOCK, parse_maxpool, 0, 0, 0},
    {"normalization", "lrn", NORMALIZATION, ROLE_STOCK, parse_normalization, 0, 0, 0},
    {"region", 0, REGION, ROLE_STOCK, parse_region, 0, 0, 0},
    {"reorg", 0, REORG, ROLE_STOCK, parse_reorg, 0, 0, 0},
    {"rnn", 0, RNN, ROLE_STOCK, parse_rnn, 0, rnn_arrays, rnn_loaded},
    {"route", 0, ROUTE, ROLE_STOCK, parse_route_stock, 0, 0, 0},
    {"shortcut", 0, SHORTCUT, ROLE_STOCK, parse_shortcut_stock, 0, 0, 0},
    {"softmax", "soft", SOFTMAX, ROLE_STOCK, parse_softmax_stock, 0, 0, 0},
    {"upsample", 0, UPSAMPLE, ROLE_STOCK, parse_upsample_stock, 0, 0, 0},
    {"yolo", 0, YOLO, ROLE_STOCK, parse_yolo, 0, 0, 0},
};
static const int nrows = sizeof rows / sizeof *rows;

const layer_row *row_of_section(const char *section)
{
    for (int i = 0; i < nrows; ++i)
        if (!strcmp(section, rows[i].section) || (rows[i].alias && !strcmp(section, rows[i].alias))) return rows + i;
    return 0;
}

const layer_row *row_of_type(LAYER_TYPE type)
{
    for (int i = 0; i < nrows; ++i)
        if (rows[i].type == type) return rows + i;
    return 0;
}

param *array_list(const network *net)
{
    int most = MAX_ARRAYS;
    for (int i = 0; i < net->n; ++i) {
        const layer_row *row = row_of_type(net->layers[i].type);
        if (row && row->role == ROLE_OURS && base_of(&net->layers[i])->nparams > most)
            most = base_of(&net->layers[i])->nparams;
    }
    return checked_calloc(most, sizeof(param));
}

int layer_arrays(layer l, int loading, param *out)
{
    const layer_row *row = row_of_type(l.type);
    return row && row->arrays ? row->arrays(l, loading, out) : 0;
}
