#include <math.h>
#include "base/available_memory.h"
#include "base/text.h"
#include "pixelcnn/commands/results.h"

void print_nats(double nats, int dims)
{
    printf("nats/dim %.6f  bits/dim %.6f  nats/image %.4f", nats / dims, nats / dims / log(2), nats);
}

void need_nats(const char *data, int n, int each)
{
    char what[64];
    snprintf(what, sizeof what, "the nats of %d image%s", n, plural_s(n));
    require_memory((double)n * each * sizeof(double), data, what);
}

void json_nats(json_writer *j, double nats, int dims)
{
    json_number(j, "nats_per_dim", "%.9f", nats / dims);
    json_number(j, "bits_per_dim", "%.9f", nats / dims / log(2));
    json_number(j, "nats_per_image", "%.6f", nats);
}
