/*
layer_table.h - one row a layer type: how its section is parsed and which arrays its weight file holds.

Darknet has an if-chain for parsing, one for saving and one for loading. Here a new layer is one row.
*/
#ifndef LAYER_TABLE_H
#define LAYER_TABLE_H
#include "layers/gated.h"
#include "pixelcnn/net/cfg.h"
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/net_memory.h"

/* Where a section stands: its cfg and the network as far as it is built. */
typedef struct {
    const cfg *file;
    const cfg_section *section;
    size_params params;
    net_memory *plan; // not NULL: nothing is built, memory is counted
} parse_site;

typedef enum {
    ROLE_STOCK, // not in a net with our layers
    ROLE_HEAD,  // stock, and allowed between the stacks and the loss
    ROLE_OURS
} layer_role;

#define MAX_ARRAYS 72 // of one layer, but for a skip_sum, which has one for each source

typedef struct {
    const char *section, *alias;
    LAYER_TYPE type;
    layer_role role;
    layer (*parse_stock)(list *options, size_params params);
    layer (*parse)(const parse_site *site); // ours
    /* The layer's arrays in the order of the weight file; returns how many, of which array_list has the memory.
       NULL: the layer has none. loading: keys that concern loading only are heeded. */
    int (*arrays)(layer l, int loading, param *out);
    /* NULL, or what is to be done to arrays just loaded; transposed: the file is of Darknet's first format. */
    void (*loaded)(layer l, int transposed);
} layer_row;

const layer_row *row_of_section(const char *section);
const layer_row *row_of_type(LAYER_TYPE type);

/* As row->arrays; 0 for a layer without. */
int layer_arrays(layer l, int loading, param *out);
/* Memory for the arrays of any one layer of the net. Free it. */
param *array_list(const network *net);

/* Parsing of our layers; each exits 1 with file, line, section and key where the net would leak or not fit. */
layer parse_label_embed(const parse_site *at);
layer parse_pixel_fourier(const parse_site *at);
layer parse_gated_vstack(const parse_site *at);
layer parse_gated_hstack(const parse_site *at);
layer parse_skip_sum(const parse_site *at);
layer parse_pixel_softmax(const parse_site *at);
/* Before a stock layer in the head of a net of ours is parsed. */
void check_head(const parse_site *at);
/* In its place where memory is counted. */
layer plan_head(const parse_site *at);

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

#endif
