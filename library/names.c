#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "layers/label_embed_layer.h"
#include "library/call.h"
#include "library/net.h"
#include "pixelcnn/net/class_names.h"

typedef struct {
    const char *function;
    pixelcnn *p;
    int class;
    const char *const *names;
    const char *found;
} name_request;

/* Attributes are not classes. */
static const label_embed *need_classes(const name_request *r)
{
    need_net(r->function, r->p);
    const label_embed *e = label_of(r->p->net);
    if (!e || e->attributes) die("%s: this net has no classes", r->function);
    return e;
}

static void find_name(void *what)
{
    name_request *r = what;
    const label_embed *e = need_classes(r);
    if (r->class < 0 || r->class >= e->classes)
        die("%s: class %d: expected 0 to %d", r->function, r->class, e->classes - 1);
    if (!e->names) die("%s: the classes of this net have no names: no .names file beside its weights", r->function);
    r->found = e->names[r->class];
}

const char *pixelcnn_class_name(const pixelcnn *p, int class)
{
    name_request r = {.function = __func__, .p = (pixelcnn *)p, .class = class};
    return library_call(find_name, &r) ? 0 : r.found;
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Each class has a name of its own. */
static void check_names(const name_request *r, int classes)
{
    const char **sorted = checked_calloc(classes, sizeof *sorted);
    for (int k = 0; k < classes; ++k) {
        if (!r->names[k] || !*r->names[k]) die("%s: class %d: the name is empty", r->function, k);
        sorted[k] = r->names[k];
    }
    qsort(sorted, classes, sizeof *sorted, by_text);
    for (int k = 1; k < classes; ++k)
        if (!strcmp(sorted[k - 1], sorted[k])) die("%s: two classes have the name %s", r->function, sorted[k]);
    free(sorted);
}

static void name_classes(void *what)
{
    const name_request *r = what;
    const label_embed *e = need_classes(r);
    if (r->names) check_names(r, e->classes);
    set_class_names(r->p->net, (char *const *)r->names);
}

int pixelcnn_name_classes(pixelcnn *p, const char *const *names)
{
    return library_call(name_classes, &(name_request){.function = __func__, .p = p, .names = names});
}
