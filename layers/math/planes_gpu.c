#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/memory_gpu.h"
#include "layers/math/conv_plan.h"
#include "layers/math/planes_gpu.h"

int planes_by_image = -1;

int are_planes_by_image(void)
{
    if (planes_by_image >= 0) return planes_by_image;
    const char *text = getenv("PIXELCNN_PLANES");
    if (text && strcmp(text, "images") && strcmp(text, "channels"))
        die("PIXELCNN_PLANES=%s: expected images or channels", text);
    return planes_by_image = text ? !strcmp(text, "images") : CUDNN_BUILD;
}

plane_steps image_steps(int channels, size_t plane) { return (plane_steps){channels * plane, plane}; }

plane_steps our_steps(int batch, int channels, size_t plane)
{
    return are_planes_by_image() ? image_steps(channels, plane) : (plane_steps){plane, batch * plane};
}

planes_gpu planes_over_gpu(const float *x, int batch, int channels, size_t plane)
{
    return (planes_gpu){(float *)x, our_steps(batch, channels, plane)};
}

planes_gpu images_over_gpu(const float *x, int channels, size_t plane)
{
    return (planes_gpu){(float *)x, image_steps(channels, plane)};
}

planes_gpu planes_from_image(planes_gpu p, int image) { return (planes_gpu){p.x + image * p.step.image, p.step}; }

planes_gpu planes_from_channel(planes_gpu p, int channel) { return (planes_gpu){p.x + channel * p.step.plane, p.step}; }

void pull_planes_gpu(const float *x, int batch, int channels, size_t plane, float *to)
{
    size_t planes = (size_t)batch * channels;
    plane_steps s = our_steps(batch, channels, plane);
    float *all = checked_calloc(planes * plane, sizeof(float));
    pull_gpu(x, all, planes * plane);
    for (size_t i = 0; i < planes; ++i)
        memcpy(to + i * plane, all + i / channels * s.image + i % channels * s.plane, plane * sizeof(float));
    free(all);
}
