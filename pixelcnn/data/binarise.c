#include "base/random.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/net/pixelcnn_net.h"

int binarises_images(const network *net) { return find_pixelcnn_net(net)->bernoulli; }

static void draw_binary(uint64_t seed, random_stream s, uint64_t image, size_t n, unsigned char *values)
{
    for (size_t k = 0; k < n; ++k) values[k] = random_unit(seed, s, image, k) * 255 < values[k] ? 255 : 0;
}

void binarise_training_image(uint64_t seed, uint64_t place, size_t n, unsigned char *values)
{
    draw_binary(seed, STREAM_BINARISE, place, n, values);
}

void binarise_evaluated_image(uint64_t seed, int i, size_t n, unsigned char *values)
{
    draw_binary(seed, STREAM_BINARISE_EVALUATED, i, n, values);
}

void binarise_evaluated(dataset *d, const network *net, int first, int count, uint64_t seed)
{
    if (!binarises_images(net)) return;
    d->binarised.from = first;
    d->binarised.end = first + count;
    d->binarised.seed = seed;
}
