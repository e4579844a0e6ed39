#include <stdlib.h>
#include "base/memory.h"
#include "base/signals.h"
#include "pixelcnn/data/evaluate_values.h"
#include "pixelcnn/watch/heat_map.h"
#include "pixelcnn/watch/heat_section.h"
#include "pixelcnn/watch/html_text.h"

enum { STOPS = 6, WIDTH = 480, MOST_PIXELS = 1 << 20 };

/* Fewer of large images, so that the page stays small. */
static int shown_images(const network *net, int held)
{
    int fit = MOST_PIXELS / (2 * net->h * net->w), n = fit < 1 ? 1 : fit < HEAT_IMAGES ? fit : HEAT_IMAGES;
    return held < n ? held : n;
}

void draw_heat_section(heat_section *s, network *net, const dataset *d, int first, int held)
{
    heat_request r = {.first = first, .n = shown_images(net, held)};
    if (!r.n || stop_signal()) return;
    double *nats = checked_calloc((size_t)r.n * net->truths, sizeof *nats);
    evaluate_values(net, d, r.first, r.n, nats);
    picture p = draw_heat_pairs(net, d, r, nats);
    free(nats);
    if (!stop_signal()) {
        free(s->png);
        s->png = png_of_picture(p, &s->bytes);
        s->iteration = get_current_batch(net);
        s->images = r.n;
        describe_heat_scale(net, s->scale, sizeof s->scale);
    }
    free((void *)p.bytes);
}

/* "0 [bar] 1.39 nats per pixel or more (log 4)" */
static void put_scale(FILE *to, const heat_section *s)
{
    unsigned char c[3];
    fputs("<p class=\"scale\">0 <span style=\"background: linear-gradient(90deg", to);
    for (int i = 0; i < STOPS; ++i) {
        heat_colour((double)i / (STOPS - 1), c);
        fprintf(to, ", rgb(%d, %d, %d)", c[0], c[1], c[2]);
    }
    fprintf(to, ")\"></span> %s</p>\n", s->scale);
}

void put_heat_section(FILE *to, const heat_section *s)
{
    if (!s->png) return;
    fputs("<section>\n<h2>Where the nats are</h2>\n<figure class=\"heat\">", to);
    put_image(to, s->png, s->bytes, "held-out images, each beside a map of its nats per pixel", WIDTH);
    put_scale(to, s);
    fprintf(
        to,
        "<figcaption>%d of the held-out images, each beside its map after iteration %zu. Black: the net was certain "
        "of the pixel. Light yellow: the pixel took as many nats as from a net that knows "
        "nothing.</figcaption></figure>\n</section>\n",
        s->images, s->iteration);
}

void free_heat_section(heat_section *s) { free(s->png); }
