/*
nets.c - see nets.h.
*/
#include <string.h>
#include "parser.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "tests/fuzz/harness.h"
#include "tests/fuzz/nets.h"

const char GREY_NET[] = "[net]\nbatch=1\nheight=2\nwidth=3\nadam=1\nema=.9\npolicy=steps\nsteps=2,4\nscales=.1,.2\n"
                        "[label_embed]\nclasses=2\nsize=2\n"
                        "[gated_vstack]\nfilters=1\n"
                        "[gated_hstack]\nfilters=1\nmask=a\n"
                        "[skip_sum]\nfilters=1\n"
                        "[convolutional]\nfilters=2\nactivation=linear\n"
                        "[pixel_softmax]\nlevels=2\n";

const char COLOUR_NET[] = "[net]\nbatch=2\nheight=2\nwidth=2\nchannels=3\n"
                          "[gated_vstack]\nfilters=3\nsize=1\nfactored=1\n"
                          "[gated_hstack]\nfilters=3\nsize=1\nmask=a\n"
                          "[convolutional]\nfilters=6\ngroups=3\nactivation=linear\n"
                          "[pixel_softmax]\nlevels=2\n";

const char STOCK_NET[] = "[net]\nbatch=1\nheight=4\nwidth=4\nchannels=1\n"
                         "[convolutional]\nfilters=2\nsize=3\nbatch_normalize=1\nactivation=leaky\n"
                         "[local]\nfilters=1\nsize=1\nactivation=linear\n"
                         "[batchnorm]\n"
                         "[connected]\noutput=3\nactivation=linear\nbatch_normalize=1\n"
                         "[softmax]\n";

const char RECURRENT_NET[] = "[net]\nbatch=1\ninputs=2\n"
                             "[rnn]\nhidden=2\noutput=2\nbatch_normalize=1\n"
                             "[gru]\noutput=2\n"
                             "[lstm]\noutput=2\n"
                             "[softmax]\n";

network *net_from(const char *cfg)
{
    char *file = (char *)as_file(cfg, strlen(cfg));
    network *net = strstr(cfg, "gated") ? parse_pixelcnn_cfg(file, (net_overrides){0}) : parse_network_cfg(file);
    promise(!strstr(cfg, "gated") == !find_pixelcnn_net(net), "a net with gated layers has a loss of ours");
    return net;
}

atomic_file into_memory(sample_file *s)
{
    atomic_file f = {.stream = open_memstream((char **)&s->bytes, &s->size)};
    promise(f.stream != 0, "memory for a file");
    XXH64_reset(&f.hash, 0);
    return f;
}

size_t fit(uint8_t *file, size_t size, size_t max_size, const sample_file *right)
{
    if (right->size > max_size) return size;
    if (size < right->size) memcpy(file + size, right->bytes + size, right->size - size);
    return right->size;
}
