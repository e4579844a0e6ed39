#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/threads.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "library/call.h"
#include "library/net.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/sample/sampler.h"

typedef struct {
    image_batch b;
    int completes;
    const unsigned char *mask;
    const pixelcnn_draw *how;
    unsigned char *images;
} drawing;

/* Converts a temperature for the sampler: 0 means the default here, but the likeliest value there. */
static double sampling_temperature(const char *function, double temperature)
{
    if (temperature == PIXELCNN_GREEDY) return 0;
    if (!(temperature >= 0 && temperature <= 100))
        die("%s: temperature %g: expected 0 to 100 (0: the default, 1), or PIXELCNN_GREEDY", function, temperature);
    return temperature == 0 ? 1 : temperature;
}

static void check_guidance(const drawing *d, double guidance)
{
    char what[64];
    const label_embed *e = label_of(d->b.p->net);
    snprintf(what, sizeof what, "%s: guidance %g", d->b.function, guidance);
    if (!(guidance >= -1 && guidance <= 100)) die("%s: expected -1 to 100", what);
    if (guidance != 0 && !e) die("%s: this net has no [label_embed]", what);
    if (guidance != 0) require_label_dropout(e, what, "use 0");
}

/* Its labels are a copy to free, or NULL. */
static sample_request drawing_request(const drawing *d)
{
    pixelcnn_draw how = d->how ? *d->how : (pixelcnn_draw){0};
    if (how.first < 0 || how.first > INT_MAX - d->b.n)
        die("%s: first %d: expected 0 or more, and at most 2147483647 images in all", d->b.function, how.first);
    double temperature = sampling_temperature(d->b.function, how.temperature);
    check_guidance(d, how.guidance);
    return (sample_request){.n = d->b.n,
                            .first = how.first,
                            .seed = how.seed,
                            .temperature = temperature,
                            .labels = batch_labels(&d->b, how.first),
                            .guidance = how.guidance,
                            .keep = d->mask};
}

static void run_drawing(void *what)
{
    const drawing *d = what;
    begin_batch(&d->b);
    if (d->completes && !d->mask) die("%s: the mask is NULL; pixelcnn_sample draws without one", d->b.function);
    network *net = d->b.p->net;
    int n = d->b.n, levels = loss_of(net)->levels;
    sample_request request = drawing_request(d);
    unsigned char *drawn = checked_calloc(n, net->truths);
    for (int i = 0; d->completes && i < n * net->truths; ++i) drawn[i] = level_of_byte(d->images[i], levels);
    sample_cached(net, request, drawn);
    end_batch(&d->b);
    for (int i = 0; i < n * net->truths; ++i) d->images[i] = byte_of_level(drawn[i], levels);
    free(drawn);
    free((float *)request.labels);
}

int pixelcnn_sample(pixelcnn *p, int n, const float *labels, const pixelcnn_draw *how, unsigned char *images)
{
    image_batch b = {"pixelcnn_sample", p, n, labels, images, images};
    return library_call(run_drawing, &(drawing){.b = b, .how = how, .images = images});
}

int pixelcnn_complete(pixelcnn *p, int n, const float *labels, const unsigned char *mask, const pixelcnn_draw *how,
                      unsigned char *images)
{
    image_batch b = {"pixelcnn_complete", p, n, labels, images, images};
    return library_call(run_drawing, &(drawing){.b = b, .completes = 1, .mask = mask, .how = how, .images = images});
}

/* ---- streams ---- */

enum { EACH = 16 }; // images that a thread draws together

/* Each batch is a separate call, so that the receiver runs outside the library. */
typedef struct {
    drawing all;
    int most; // images per batch
    int values, classes;
    unsigned char *images;
} stream;

/* Checks everything before the first image, labels included. */
static void open_stream(void *what)
{
    stream *s = what;
    begin_batch(&s->all.b);
    free((float *)drawing_request(&s->all).labels);
    s->most = EACH * max_threads();
    s->values = s->all.b.p->net->truths;
    s->classes = net_classes(s->all.b.p);
    s->images = checked_calloc(s->most, s->values);
}

static void close_stream(void *what) { free(((stream *)what)->images); }

static int draw_some(const stream *s, int at, int n)
{
    drawing d = s->all;
    pixelcnn_draw how = d.how ? *d.how : (pixelcnn_draw){0};
    how.first += at;
    d.how = &how;
    d.b.n = n;
    d.b.images = d.b.result = d.images = s->images;
    if (d.b.labels) d.b.labels += (size_t)at * s->classes;
    return library_call(run_drawing, &d);
}

int pixelcnn_stream(pixelcnn *p, int n, const float *labels, const pixelcnn_draw *how, pixelcnn_receive receive,
                    void *context)
{
    int failed = 0, first = how ? how->first : 0;
    if (!receive) {
        call_failed("%s: there is no function that receives the images: it is NULL", __func__);
        return -1;
    }
    stream s = {.all = {.b = {.function = __func__, .p = p, .n = n, .labels = labels}, .how = how}};
    s.all.b.images = s.all.b.result = &s; // not NULL
    if (library_call(open_stream, &s)) return -1;
    for (int at = 0; at < n && !failed; at += s.most) {
        int some = n - at < s.most ? n - at : s.most;
        failed = draw_some(&s, at, some);
        if (!failed && receive(context, first + at, some, s.images)) {
            call_failed("%s: cancelled after %d of %d images by the function that receives them", __func__, at + some,
                        n);
            failed = PIXELCNN_CANCELLED;
        }
    }
    library_call(close_stream, &s);
    return failed;
}
