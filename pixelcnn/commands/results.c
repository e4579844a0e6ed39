#include <math.h>
#include "pixelcnn/commands/results.h"

void print_nats(double nats, int dims)
{
    printf("nats/dim %.6f  bits/dim %.6f  nats/image %.4f", nats / dims, nats / dims / log(2), nats);
}

void json_nats(json_writer *j, double nats, int dims)
{
    json_number(j, "nats_per_dim", "%.9f", nats / dims);
    json_number(j, "bits_per_dim", "%.9f", nats / dims / log(2));
    json_number(j, "nats_per_image", "%.6f", nats);
}
