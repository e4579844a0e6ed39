#include <stdarg.h>
#include <string.h>
#include "base/errors.h"
#include "layers/gated.h"

layer make_base_layer(LAYER_TYPE type, layer_shape s, int cin, int cout)
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
    return l;
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
    for (int i = 0; i < b->nparams; ++i) free_param(b->params + i);
    free_feature_batch(&b->handed.y);
    free_feature_batch(&b->handed.dy);
    free(b->params);
    free(b->meaning);
    free(b);
}
