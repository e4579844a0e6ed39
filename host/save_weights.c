/*
save_weights.c - replaces save_weights, save_weights_upto, load_weights and load_weights_upto of Darknet's
parser.c.

Darknet ignores what fwrite and fread return: a full disk saves nothing, and a truncated, empty or foreign
file loads "Done!". Ours writes a temporary file and renames it, and checks a file's size to the byte before a
weight is touched. Called by load_network and by every stock command that trains.
*/
#include "parser.h"
#include "pixelcnn/net/weights.h"

void save_weights_upto(network *net, char *filename, int cutoff) { save_layers(net, filename, cutoff); }

void save_weights(network *net, char *filename) { save_layers(net, filename, net->n); }

void load_weights_upto(network *net, char *filename, int start, int cutoff)
{
    load_layers(net, filename, start, cutoff);
}

void load_weights(network *net, char *filename) { load_layers(net, filename, 0, net->n); }
