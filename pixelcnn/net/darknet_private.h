/* darknet_private.h - what our parser needs of Darknet's parser.c and is in no header: the argument of its
   parse_* functions, these functions, and the stock definitions that we wrap. */
#pragma once
#include "darknet.h"
#include "option_list.h"

typedef struct size_params {
    int batch, inputs, h, w, c, index, time_steps;
    network *net;
} size_params;

void parse_net_options(list *options, network *net);
void transpose_matrix(float *a, int rows, int cols);

layer parse_activation(list *options, size_params params);
layer parse_avgpool(list *options, size_params params);
layer parse_batchnorm(list *options, size_params params);
layer parse_connected(list *options, size_params params);
layer parse_convolutional(list *options, size_params params);
layer parse_cost(list *options, size_params params);
layer parse_crnn(list *options, size_params params);
layer parse_crop(list *options, size_params params);
layer parse_deconvolutional(list *options, size_params params);
layer parse_detection(list *options, size_params params);
layer parse_dropout(list *options, size_params params);
layer parse_gru(list *options, size_params params);
layer parse_iseg(list *options, size_params params);
layer parse_l2norm(list *options, size_params params);
layer parse_local(list *options, size_params params);
layer parse_logistic(list *options, size_params params);
layer parse_lstm(list *options, size_params params);
layer parse_maxpool(list *options, size_params params);
layer parse_normalization(list *options, size_params params);
layer parse_region(list *options, size_params params);
layer parse_reorg(list *options, size_params params);
layer parse_rnn(list *options, size_params params);
layer parse_route(list *options, size_params params, network *net);
layer parse_shortcut(list *options, size_params params, network *net);
layer parse_softmax(list *options, size_params params);
layer parse_upsample(list *options, size_params params, network *net);
layer parse_yolo(list *options, size_params params);

/* The stock definitions of functions that we replace, under the names that our Makefile gives them. */
void darknet_free_layer(layer l);
void darknet_free_network(network *net);
void darknet_update_network(network *net);
void darknet_forward_network(network *net);
float darknet_train_network_datum(network *net);
float darknet_get_current_rate(network *net);
/* In GPU builds: */
void darknet_set_batch_network(network *net, int b);
void darknet_backward_network_gpu(network *net);
