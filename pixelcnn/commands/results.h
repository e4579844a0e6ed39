/* results.h - prints a mean NLL, per dimension and per image, for several commands. */
#pragma once
#include "base/json.h"

void print_nats(double nats_per_image, int dims); // on stdout, in the middle of a line
void json_nats(json_writer *j, double nats_per_image, int dims);

/* Exits 1 unless there is memory for `each` figures for each of n images of DATA. */
void need_nats(const char *data, int n, int each);
