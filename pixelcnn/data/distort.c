#include <math.h>
#include "base/memory.h"
#include "base/random.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/data/distort.h"
#include "pixelcnn/net/pixelcnn_net.h"

enum { TAPS = 4 };

/* Weights of the four values around a point at distance f after the second. */
static void cubic_taps(double f, double w[TAPS])
{
    w[0] = f * (-.5 + f * (1 - .5 * f));
    w[1] = 1 + f * f * (-2.5 + 1.5 * f);
    w[2] = f * (.5 + f * (2 - 1.5 * f));
    w[3] = f * f * (-.5 + .5 * f);
}

static int inside(int i, int n) { return i < 0 ? 0 : i >= n ? n - 1 : i; }

static unsigned char interpolated_value(const unsigned char *plane, int h, int w, double y, double x)
{
    double across[TAPS], down[TAPS], sum = 0;
    int top = floor(y), left = floor(x);
    cubic_taps(y - top, down);
    cubic_taps(x - left, across);
    for (int i = 0; i < TAPS; ++i)
        for (int j = 0; j < TAPS; ++j)
            sum += down[i] * across[j] * plane[inside(top - 1 + i, h) * w + inside(left - 1 + j, w)];
    return sum < 0 ? 0 : sum > 255 ? 255 : sum + .5;
}

void affine_image(const unsigned char *from, int c, int h, int w, const double A[4], unsigned char *to)
{
    double mid_y = (h - 1) / 2., mid_x = (w - 1) / 2.;
    for (int k = 0; k < c; ++k, from += h * w)
        for (int i = 0; i < h; ++i)
            for (int j = 0; j < w; ++j) {
                double y = i - mid_y, x = j - mid_x;
                *to++ = interpolated_value(from, h, w, A[2] * x + A[3] * y + mid_y, A[0] * x + A[1] * y + mid_x);
            }
}

/* Whether the row at a place of the stream is distorted; if so, A is its map. */
static int draw_map(const network *net, uint64_t seed, uint64_t place, double A[4])
{
    const pixelcnn_net *own = find_pixelcnn_net(net);
    double u[3];
    if (random_unit(seed, STREAM_DISTORT, place, 0) >= own->distort) return 0;
    for (int i = 0; i < 3; ++i) u[i] = 2 * random_unit(seed, STREAM_DISTORT, place, i + 1) - 1;
    double t = u[0] * net->angle * acos(-1) / 180, k = u[1] * own->shear, s = exp(u[2] * log(net->aspect) / 2);
    A[0] = cos(t) * s;
    A[1] = cos(t) * k - sin(t) / s;
    A[2] = sin(t) * s;
    A[3] = sin(t) * k + cos(t) / s;
    return 1;
}

void fill_training_row(const dataset *d, const network *net, training_image m, float *input, float *truth)
{
    double A[4];
    size_t values = (size_t)d->c * d->h * d->w;
    unsigned char *image = checked_malloc(2 * values), *changed = image;
    read_images(d, m.i, 1, image);
    if (draw_map(net, m.seed, m.place, A)) {
        changed += values;
        affine_image(image, d->c, d->h, d->w, A, changed);
    }
    if (binarises_images(net)) binarise_training_image(m.seed, m.place, values, changed);
    fill_changed_row(d, net, m.i, changed, input, truth);
    free(image);
}
