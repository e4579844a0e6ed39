/*
layer_table.h - the table of our kinds of layers, one row each, and that of Darknet's, whose if-chains for parsing, saving and
loading it takes the place of.
*/
#pragma once
#include "layers/layer_kind.h"
#include "pixelcnn/net/darknet_private.h"

/* All layers that a net of ours may have; the last is NULL. */
extern const layer_kind *const layer_kinds[];

/* NULL where there is none. By name or alias. */
const layer_kind *kind_of_section(const char *section);
const layer_kind *find_kind(LAYER_TYPE type);
/* Of a layer of a net of ours. Exits where the table has no such kind. */
const layer_kind *kind_of(const layer *l);
/* 1: a layer of ours, with a gated_base; 0: one of Darknet's. */
int is_ours(const layer *l);

#define MAX_ARRAYS 72 // of one layer, but for a skip_sum, which has one for each source

/* Of a layer of Darknet's. */
typedef struct {
    const char *section, *alias;
    LAYER_TYPE type;
    layer (*parse)(list *options, size_params params);
    /* The layer's arrays in the order of the weight file; returns how many, of which array_list has the memory.
       NULL: the layer has none. loading: keys that concern loading only are heeded. */
    int (*arrays)(layer l, int loading, param *out);
    /* NULL, or what is to be done to arrays just loaded; transposed: the file is of Darknet's first format. */
    void (*loaded)(layer l, int transposed);
} layer_row;

const layer_row *row_of_section(const char *section); // NULL: there is none
const layer_row *row_of_type(LAYER_TYPE type);        // likewise

/* The cfg section of a layer. */
const char *section_of(const layer *l);

/* A layer's arrays in the order of the weight file; returns how many. As row->arrays. */
int layer_arrays(layer l, int loading, param *out);
/* Memory for the arrays of any one layer of the net. Free it. */
param *array_list(const network *net);

/* Arrays of stock layers, and what follows loading them. */
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
