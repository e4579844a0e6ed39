#include "base/memory.h"
#include "layers/math/levels.h"
#include "pixelcnn/sample/lanes.h"
#include "pixelcnn/sample/sampler.h"
#include "pixelcnn/sample/sequential.h"

struct sequence {
    const packed_net *p;
    lanes *lanes;
    int n, first;            // images, and the number of the first for messages
    int position;            // that of the logits; -1: none yet
    int colour, row, column; // of the position
};

double sequence_bytes(const packed_net *p, int most) { return sizeof(sequence) + lanes_bytes(p, most); }

sequence *make_sequence(const packed_net *p, int most)
{
    sequence *s = checked_calloc(1, sizeof *s);
    *s = (sequence){.p = p, .lanes = make_lanes(p, most)};
    return s;
}

void free_sequence(sequence *s)
{
    free_lanes(s->lanes);
    free(s);
}

void sequence_start(sequence *s, int first, int n, const float *labels)
{
    s->first = first;
    s->n = n;
    s->position = -1;
    lanes_start_images(s->lanes, n, labels, labels ? n : 0);
}

static int positions_of(const packed_net *p) { return p->colours * p->h * p->w; }

int sequence_next(sequence *s)
{
    const packed_net *p = s->p;
    if (s->position + 1 >= positions_of(p)) return 0;
    int pixel = ++s->position / p->colours;
    s->colour = s->position % p->colours;
    s->row = pixel / p->w;
    s->column = pixel % p->w;
    if (s->column == 0 && s->colour == 0) lanes_start_row(s->lanes, s->row);
    lanes_start_value(s->lanes, s->column, s->colour);
    for (int i = 0; i < s->n; ++i) check_logits(s->first + i, s->position, sequence_logits(s, i), p->levels);
    return 1;
}

int sequence_position(const sequence *s) { return s->position; }

int sequence_offset(const sequence *s) { return (s->colour * s->p->h + s->row) * s->p->w + s->column; }

const float *sequence_logits(const sequence *s, int i) { return lanes_logits(s->lanes, i, s->colour); }

void sequence_put(sequence *s, int i, int level)
{
    lanes_put_value(s->lanes, i, s->column, s->colour, input_of_level(level, s->p->levels));
}
