/*
gated.c - memory, arrays and colour masks that every layer of a Gated PixelCNN uses. See gated.h.
*/
#include <stdarg.h>
#include <string.h>
#include "errors.h"
#include "gated.h"
#ifdef GPU
#include "gpu_calls.h"
#endif

static void *checked(void *p, size_t n, size_t size)
{
    if (p) return p;
    die("out of memory: %zu x %zu bytes wanted; use a smaller batch or network", n, size);
}

void *checked_calloc(size_t n, size_t size) { return checked(calloc(n ? n : 1, size), n, size); }

void *checked_malloc(size_t bytes) { return checked(malloc(bytes ? bytes : 1), 1, bytes); }

void *checked_realloc(void *p, size_t bytes) { return checked(realloc(p, bytes ? bytes : 1), 1, bytes); }

float *aligned_floats(size_t n)
{
    size_t bytes = (n * sizeof(float) + 64) / 64 * 64;
    return memset(checked(aligned_alloc(64, bytes), n, sizeof(float)), 0, bytes);
}

layer make_base_layer(LAYER_TYPE type, stage s, int cin, int cout)
{
    layer l = {0};
    l.type = type;
    l.batch = s.batch;
    l.h = l.out_h = s.h;
    l.w = l.out_w = s.w;
    l.c = cin;
    l.n = l.out_c = cout;
    l.inputs = s.h * s.w * cin;
    l.outputs = s.h * s.w * cout;
    l.output = checked_calloc((size_t)s.batch * l.outputs, sizeof(float));
    l.delta = checked_calloc((size_t)s.batch * l.outputs, sizeof(float));
#ifdef GPU
    if (gpu_index >= 0) {
        l.output_gpu = gpu_floats((size_t)s.batch * l.outputs);
        l.delta_gpu = gpu_floats((size_t)s.batch * l.outputs);
    }
#endif
    return l;
}

void make_param(param *p, const char *name, size_t n, int fan_in, int decays)
{
    *p = (param){.name = name, .n = n, .fan_in = fan_in, .decays = decays};
    p->value = checked_calloc(n, sizeof(float));
    p->update = checked_calloc(n, sizeof(float));
#ifdef GPU
    if (gpu_index < 0) return;
    p->value_gpu = gpu_floats(n);
    p->update_gpu = gpu_floats(n);
#endif
}

void mask_param(param *p, colour_mask m, int colours)
{
    if (colours == 1) return;
    p->allowed = checked_calloc(p->n, 1);
    for (size_t i = 0; i < p->n; ++i) {
        int tap = i % m.taps, col = i / m.taps % m.cols, row = i / m.taps / m.cols;
        int to = colour_group(row, m.row_half, colours), from = colour_group(col, m.col_half, colours);
        p->allowed[i] = tap < m.taps - 1 || (m.strict ? from < to : from <= to);
    }
#ifdef GPU
    if (gpu_index < 0) return;
    p->allowed_gpu = gpu_bytes(p->n);
    CUDA_OK(cudaMemcpy(p->allowed_gpu, p->allowed, p->n, cudaMemcpyHostToDevice));
#endif
}

void add_meaning(gated_base *b, const char *format, ...)
{
    size_t before = b->meaning ? strlen(b->meaning) : 0;
    va_list args;
    va_start(args, format);
    int more = vsnprintf(0, 0, format, args);
    va_end(args);
    b->meaning = checked_realloc(b->meaning, before + more + 1);
    va_start(args, format);
    vsnprintf(b->meaning + before, more + 1, format, args);
    va_end(args);
}

void free_base(gated_base *b)
{
    for (int i = 0; i < b->nparams; ++i) {
        free(b->params[i].value);
        free(b->params[i].update);
        free(b->params[i].allowed);
#ifdef GPU
        gpu_free(b->params[i].value_gpu);
        gpu_free(b->params[i].update_gpu);
        gpu_free(b->params[i].allowed_gpu);
#endif
    }
    free(b->params);
    free(b->meaning);
    free(b);
}
