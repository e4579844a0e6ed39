#include <math.h>
#include "pixelcnn/commands/validations.h"
#include "pixelcnn/train/state.h"

enum { TENTHS = 10, LEAST = 16 };

/* A forward pass takes about a third of the time of an update of as many images. */
static const double share = .05, forward = 1. / 3;

/* The images that the run will train on, at its pace so far. */
static double expected_images(const look_plan *p, size_t iteration, double seconds)
{
    double all = (double)p->last * p->images;
    if (p->limit <= 0 || seconds <= 0) return all;
    return fmin(all, (double)(iteration - p->first) * p->images / seconds * p->limit);
}

int look_images(look_plan *p, size_t iteration, double seconds)
{
    if (p->look) return p->look;
    double n = share / forward / TENTHS * expected_images(p, iteration, seconds);
    return p->look = (int)fmin(fmax(n, LEAST), p->held);
}

/* Has a tenth of the run been completed since it was last asked? */
static int next_tenth(look_plan *p, size_t iteration, double seconds)
{
    if (p->limit <= 0) return iteration * TENTHS / p->last > (iteration - 1) * TENTHS / p->last;
    double of_iterations = (double)(iteration - p->first) / (p->last - p->first);
    int tenths = (int)(TENTHS * fmax(of_iterations, seconds / p->limit)), next = tenths > p->tenths;
    p->tenths = tenths;
    return next;
}

uint64_t look_due(look_plan *p, size_t iteration, double seconds)
{
    int next = next_tenth(p, iteration, seconds);
    if (iteration % EVAL_USUALLY == 0) return DUE_VALIDATION;
    if (!next) return 0;
    return look_images(p, iteration, seconds) == p->held ? DUE_VALIDATION : DUE_LOOK;
}
