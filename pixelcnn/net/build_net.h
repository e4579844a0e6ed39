/* build_net.h - builds networks from cfg files, with arguments that Darknet's parse_network_cfg lacks. */
#pragma once
#include "darknet.h"

/* Values that replace those of the cfg; 0: keep the cfg's value. */
typedef struct {
    int batch;         // images per pass; sets subdivisions to 1
    int width, height; // of the images
    int training;      // 1: there will be backward passes, which need memory; ranks divide the batch
    int drawing;       // 1: only draws value by value: no passes, no memory for them, batch 0
    int parts;         // each pass is divided into this many parts, one per device
} net_overrides;

/* Builds a net from any cfg, stock or Gated PixelCNN, with random weights. The body of parse_network_cfg
   (host/parse_network_cfg.c). */
network *build_net(const char *file);

/* Builds a Gated PixelCNN from a cfg. Its weights are 0, for load_weights or init_params to set. Exits 1 if the
   cfg is invalid or its last layer is not [pixel_softmax]. */
network *parse_pixelcnn_cfg(const char *file, net_overrides overrides);

/* The same from a cfg's text in memory, which messages call `name`. */
network *parse_pixelcnn_text(const char *name, const char *text, net_overrides overrides);

/* A Gated PixelCNN with its weights, and the names of its classes if there are any beside them
   (class_names.h). */
network *open_net(const char *cfg, const char *weights, net_overrides overrides);
