#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "pixelcnn/commands/captions.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/pictures/caption.h"

/* Whether names say more than numbers. */
static int has_words(const label_embed *e, char *const *numbers)
{
    for (int k = 0; e->names && k < e->classes; ++k)
        if (strcmp(e->names[k], numbers[k])) return 1;
    return 0;
}

image_names name_images(const label_embed *e, const float *labels, int n, const char *when)
{
    image_names m = {0};
    if (!e || e->attributes || !labels) return m;
    m.classes = e->classes;
    m.numbers = checked_calloc(e->classes, sizeof *m.numbers);
    for (int k = 0; k < e->classes; ++k) m.numbers[k] = format_text("%d", k);
    int is_wanted = !strcmp(when, "auto") ? n > 1 && has_words(e, m.numbers) : !strcmp(when, "on");
    if (is_wanted) m.captions = checked_calloc(n, sizeof *m.captions);
    for (int i = 0; m.captions && i < n; ++i) {
        int k = class_of_label(labels + (size_t)i * e->classes, e);
        if (k >= 0) m.captions[i] = e->names && is_caption(e->names[k]) ? e->names[k] : m.numbers[k];
    }
    return m;
}

void free_image_names(image_names *m)
{
    for (int k = 0; k < m->classes; ++k) free(m->numbers[k]);
    free(m->numbers);
    free(m->captions);
    *m = (image_names){0};
}
