/*
build_net.h - networks from cfg files, with what Darknet's parse_network_cfg has no argument for.
*/
#pragma once
#include "darknet.h"

/* What the caller wants otherwise than the cfg says; 0: as it says. */
typedef struct {
    int batch;         // images a pass; subdivisions become 1
    int width, height; // of the images
    int training;      // 1: a backward pass will follow; its memory must be there
    int parts;         // one pass is divided into so many, to be done by as many devices
} net_overrides;

/* A net from any cfg, stock or ours: what parse_network_cfg is (host/parse_network_cfg.c). */
network *build_net(const char *file);

/* A net of ours from a cfg. Exits 1 where the cfg is wrong or has no [pixel_softmax] as its last layer. */
network *parse_pixelcnn_cfg(const char *file, net_overrides overrides);
