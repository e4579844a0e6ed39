#include <math.h>
#include <stdio.h>
#include "pixelcnn/watch/axis.h"

/* The least of 1, 2, 5, 10 ... that divides the span into at most `parts` parts. */
static double nice_step(double span, int parts)
{
    double unit = pow(10, floor(log10(span / parts)));
    static const double times[] = {1, 2, 5, 10};
    for (int i = 0; i < 3; ++i)
        if (span / (unit * times[i]) <= parts * (1 + 1e-9)) return unit * times[i];
    return unit * times[3];
}

axis make_axis(double low, double high, int parts)
{
    if (high <= low) high = low + (low > 0 ? low * .01 : 1);
    return (axis){low, high, nice_step(high - low, parts)};
}

double first_tick(axis a) { return ceil(a.low / a.step - 1e-9) * a.step + 0.; }

void tick_text(char *to, size_t size, double x, axis a)
{
    int digits = a.step < 1 ? (int)ceil(-log10(a.step) - 1e-9) : 0;
    snprintf(to, size, "%.*f", digits, x);
}
