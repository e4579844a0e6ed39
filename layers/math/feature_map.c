#include <string.h>
#include "base/memory.h"
#include "base/vectorised.h"
#include "layers/math/feature_map.h"
#include "layers/math/transpose.h"
#include "layers/math/vector_ops.h"

features features_over(float *x, int h, int w, int pixel)
{
    return (features){.x = x, .h = h, .w = w, .pixel = pixel, .row = (size_t)w * pixel};
}

/* In whole cache lines, so that what comes behind starts on one. */
size_t features_floats(int h, int w, int pixel, int left, int right)
{
    return ((size_t)h * (left + w + right) * pixel + 15) / 16 * 16;
}

features open_features(float **scratch, int h, int w, int pixel, int left, int right)
{
    features f = {.x = *scratch + left * pixel, .h = h, .w = w, .pixel = pixel};
    f.row = (size_t)(left + w + right) * pixel;
    *scratch += features_floats(h, w, pixel, left, right);
    for (int r = 0; r < h; ++r) {
        memset(f.x + r * f.row - left * pixel, 0, left * pixel * sizeof(float));
        memset(f.x + r * f.row + w * pixel, 0, right * pixel * sizeof(float));
    }
    return f;
}

feature_batch make_feature_batch(int batch, features shape, int sides)
{
    feature_batch t = {.first = shape};
    t.first.row = (size_t)(shape.w + sides) * shape.pixel;
    t.memory = lazy_floats(batch * shape.h * t.first.row + sides * shape.pixel);
    t.first.x = t.memory + sides * shape.pixel;
    return t;
}

void free_feature_batch(feature_batch *t) { free_lazy_floats(t->memory); }

features batch_image(const feature_batch *t, int b)
{
    features f = t->first;
    f.x += b * f.h * f.row;
    return f;
}

void planes_to_features(const float *planes, int c, features f)
{
    size_t plane = (size_t)f.h * f.w;
    int rows = is_one_row(f) ? 1 : f.h, n = plane / rows;
    for (int r = 0; r < rows; ++r)
        transpose(&(transposition){.from = planes + r * n,
                                   .to = f.x + r * f.row,
                                   .from_step = plane,
                                   .to_step = f.pixel,
                                   .rows = c,
                                   .columns = n});
}

void features_to_planes(features f, int c, float *planes, int add)
{
    size_t plane = (size_t)f.h * f.w;
    int rows = is_one_row(f) ? 1 : f.h, n = plane / rows;
    for (int r = 0; r < rows; ++r)
        transpose(&(transposition){.from = f.x + r * f.row,
                                   .to = planes + r * n,
                                   .from_step = f.pixel,
                                   .to_step = plane,
                                   .rows = n,
                                   .columns = c,
                                   .add = add});
}

void add_features(features x, features y)
{
    for (int r = 0; r < y.h; ++r) add_into(y.w * y.pixel, x.x + r * x.row, y.x + r * y.row);
}

VECTOR_BODY void add_pixel_sums_body(features f, int n, float *sums)
{
    for (int r = 0; r < f.h; ++r)
        for (int c = 0; c < f.w; ++c) {
            const float *x = f.x + r * f.row + c * f.pixel;
#pragma omp simd
            for (int i = 0; i < n; ++i) sums[i] += x[i];
        }
}
VECTORISED(void, add_pixel_sums, (features f, int n, float *sums), f, n, sums);
