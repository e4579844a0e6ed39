#include <stdlib.h>
#include "base/memory.h"
#include "base/random.h"
#include "pixelcnn/data/stream.h"

/* Fisher-Yates, with one counter-based random number per exchange. */
static void shuffle_epoch(image_stream *s, uint64_t epoch)
{
    for (int i = 0; i < s->n; ++i) s->order[i] = i;
    for (int i = s->n - 1; i > 0; --i) {
        int j = random_unit(s->seed, STREAM_SHUFFLE, epoch, i) * (i + 1), swap = s->order[i];
        s->order[i] = s->order[j];
        s->order[j] = swap;
    }
    s->epoch = epoch;
}

image_stream make_image_stream(int n, uint64_t seed)
{
    image_stream s = {.n = n, .seed = seed, .order = checked_calloc(n, sizeof(int))};
    shuffle_epoch(&s, 0);
    return s;
}

void free_image_stream(image_stream *s) { free(s->order); }

int stream_image(image_stream *s, uint64_t place)
{
    if (place / s->n != s->epoch) shuffle_epoch(s, place / s->n);
    return s->order[place % s->n];
}
