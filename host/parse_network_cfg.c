/*
parse_network_cfg.c - replaces parse_network_cfg of Darknet's parser.c.

Darknet's is an if-chain over its own sections; ours uses the rows of layer_table.c. A stock net comes out as
Darknet builds it. Called by load_network and by every stock command.
*/
#include "parser.h"
#include "pixelcnn/net/build_net.h"

network *parse_network_cfg(char *filename) { return build_net(filename); }
