/* layer_table.h - the table of our kinds of layers, one row each, and a table of Darknet's layers, which
   replaces its if-chains for parsing, saving and loading. */
#pragma once
#include "layers/layer_kind.h"
#include "pixelcnn/net/darknet_private.h"

/* All kinds of layers that a Gated PixelCNN may have; the last is NULL. */
extern const layer_kind *const layer_kinds[];

/* By name or alias; NULL: there is none. */
const layer_kind *kind_of_section(const char *section);
const layer_kind *find_kind(LAYER_TYPE type);
/* The kind of a layer in a Gated PixelCNN. Exits if the table has no such kind. */
const layer_kind *kind_of(const layer *l);
/* 1: a layer of ours, with a gated_base; 0: one of Darknet's. */
int is_ours(const layer *l);

#define MAX_ARRAYS 72 // per layer, except skip_sum, which has one array per source

/* A layer of Darknet's. */
typedef struct {
    const char *section, *alias;
    LAYER_TYPE type;
    layer (*parse)(list *options, size_params params);
    /* Writes the layer's arrays, in the order of the weight file, to out, which array_list allocates. Returns
       their number. NULL: the layer has none. loading: respects keys that concern only loading. */
    int (*arrays)(layer l, int loading, param *out);
    /* Called after the arrays are loaded; may be NULL. transposed: the file has Darknet's first format. */
    void (*loaded)(layer l, int transposed);
} layer_row;

const layer_row *row_of_section(const char *section); // NULL: there is none
const layer_row *row_of_type(LAYER_TYPE type);        // NULL: there is none

/* The cfg section of a layer. */
const char *section_of(const layer *l);

/* A layer's arrays in the order of the weight file, as row->arrays. Returns their number. */
int layer_arrays(layer l, int loading, param *out);
/* Allocates room for the arrays of any single layer of the net. Free it. */
param *array_list(const network *net);

/* The `arrays` and `loaded` functions of stock layers. */
int convolutional_arrays(layer l, int loading, param *out);
int connected_arrays(layer l, int loading, param *out);
int batchnorm_arrays(layer l, int loading, param *out);
int local_arrays(layer l, int loading, param *out);
int rnn_arrays(layer l, int loading, param *out);
int crnn_arrays(layer l, int loading, param *out);
int gru_arrays(layer l, int loading, param *out);
int lstm_arrays(layer l, int loading, param *out);
void convolutional_loaded(layer l, int transposed);
void connected_loaded(layer l, int transposed);
void rnn_loaded(layer l, int transposed);
void crnn_loaded(layer l, int transposed);
void gru_loaded(layer l, int transposed);
void lstm_loaded(layer l, int transposed);
