/* Reads and changes a net's weights. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "layers/label_embed_layer.h"
#include "library/call.h"
#include "library/net.h"
#include "pixelcnn/net/class_names.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/net/weights.h"

/* ---- names ---- */

/* As in docs/dev/formats.md: stock layers call theirs biases and weights, and a skip_sum has several of one
   name. */
static void name_array(const param_list *all, int i, char *name, size_t size)
{
    const param *p = all->p + i;
    int first = i;
    while (first && all->layer[first - 1] == all->layer[i] && !strcmp(all->p[first - 1].name, p->name)) --first;
    const char *text = !strcmp(p->name, "biases") ? "b" : !strcmp(p->name, "weights") ? "W" : p->name;
    int used = snprintf(name, size, "layers.%d.%s", all->layer[i], text);
    if (!strcmp(text, "W_s") && used >= 0 && (size_t)used < size) snprintf(name + used, size - used, ".%d", i - first);
}

typedef struct {
    const char *function;
    const pixelcnn *p;
    int i;
    char *name;
    size_t size;
    int *shape;
    float *values;
    const float *given;
    size_t n; // the result: arrays, or floats of one
} array_request;

static param_list need_arrays(const array_request *r)
{
    need_net(r->function, r->p);
    return net_params(r->p->net);
}

/* The list that contains array r->i. */
static param_list need_array(const array_request *r)
{
    param_list all = need_arrays(r);
    if (r->i < 0 || r->i >= all.n) die("%s: array %d: this net has arrays 0 to %d", r->function, r->i, all.n - 1);
    return all;
}

static void count_arrays(void *what)
{
    array_request *r = what;
    param_list all = need_arrays(r);
    r->n = all.n;
    free_param_list(&all);
}

static void describe_array(void *what)
{
    array_request *r = what;
    param_list all = need_array(r);
    const param *p = all.p + r->i;
    if (r->name && r->size) name_array(&all, r->i, r->name, r->size);
    if (r->shape) memcpy(r->shape, p->shape, sizeof p->shape);
    if (r->shape && !*p->shape) *r->shape = p->n;
    r->n = p->n;
    free_param_list(&all);
}

int pixelcnn_arrays(const pixelcnn *p)
{
    array_request r = {.function = __func__, .p = p};
    return library_call(count_arrays, &r) ? -1 : (int)r.n;
}

size_t pixelcnn_array(const pixelcnn *p, int i, char *name, size_t size, int *shape)
{
    array_request r = {.function = __func__, .p = p, .i = i, .name = name, .size = size, .shape = shape};
    return library_call(describe_array, &r) ? 0 : r.n;
}

/* ---- values ---- */

static void need_values(const array_request *r, const void *values)
{
    if (!values) die("%s: the values are NULL", r->function);
}

static void get_array(void *what)
{
    array_request *r = what;
    param_list all = need_array(r);
    need_values(r, r->values);
    memcpy(r->values, all.p[r->i].value, all.p[r->i].n * sizeof(float));
    free_param_list(&all);
}

static void check_value(const array_request *r, const param_list *all, size_t k)
{
    const param *p = all->p + r->i;
    char name[64];
    name_array(all, r->i, name, sizeof name);
    if (!isfinite(r->given[k])) die("%s: %s: number %zu is %g: NaN or infinity", r->function, name, k, r->given[k]);
    if (p->allowed && !p->allowed[k] && r->given[k] != 0)
        die("%s: %s: number %zu is %g, must be 0: masked by the order of colours", r->function, name, k, r->given[k]);
}

static void set_array(void *what)
{
    array_request *r = what;
    param_list all = need_array(r);
    need_values(r, r->given);
    for (size_t k = 0; k < all.p[r->i].n; ++k) check_value(r, &all, k);
    memcpy(all.p[r->i].value, r->given, all.p[r->i].n * sizeof(float));
    free_param_list(&all);
}

int pixelcnn_get_array(pixelcnn *p, int i, float *values)
{
    return library_call(get_array, &(array_request){.function = __func__, .p = p, .i = i, .values = values});
}

int pixelcnn_set_array(pixelcnn *p, int i, const float *values)
{
    return library_call(set_array, &(array_request){.function = __func__, .p = p, .i = i, .given = values});
}

/* ---- files ---- */

typedef struct {
    pixelcnn *p;
    const char *file;
} saving;

/* X.names for X.weights. */
static void save_names(const label_embed *e, const char *weights)
{
    char file[4096], error[512];
    size_t n = strlen(weights), end = strlen(".weights");
    if (n > end && !strcmp(weights + n - end, ".weights")) n -= end;
    if (snprintf(file, sizeof file, "%.*s.names", (int)n, weights) >= (int)sizeof file)
        die("%s: the name is too long", weights);
    if (try_write_class_names(file, e->names, e->classes, error)) die("%s", error);
}

static void save(void *what)
{
    const saving *s = what;
    char error[512];
    need_net("pixelcnn_save", s->p);
    if (!s->file) die("pixelcnn_save: expected the name of a file, got NULL");
    const label_embed *e = label_of(s->p->net);
    if (e && e->names) save_names(e, s->file);
    if (try_save_weights(s->p->net, s->file, s->p->net->n, error)) die("%s", error);
}

int pixelcnn_save(pixelcnn *p, const char *file) { return library_call(save, &(saving){p, file}); }
