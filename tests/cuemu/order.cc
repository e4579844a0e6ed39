/*
order.cc - CUEMU_ORDER=forward, reverse or random:SEED.
*/
#include <algorithm>
#include <random>
#include <stdlib.h>
#include <string.h>
#include "order.h"

namespace cuemu {

static enum { UNREAD, FORWARD, REVERSE, RANDOM } kind;
static std::minstd_rand engine;

static void read_kind()
{
    const char *text = getenv("CUEMU_ORDER");
    if (!text || !*text || !strcmp(text, "forward"))
        kind = FORWARD;
    else if (!strcmp(text, "reverse"))
        kind = REVERSE;
    else if (!strncmp(text, "random:", 7)) {
        kind = RANDOM;
        engine.seed((unsigned)strtoul(text + 7, nullptr, 10) + 1);
    } else
        fail("CUEMU_ORDER=%s: forward, reverse or random:SEED expected", text);
}

void first_order(std::vector<unsigned> &order)
{
    if (kind == UNREAD) read_kind();
    if (kind == REVERSE) std::reverse(order.begin(), order.end());
}

void shuffle_order(std::vector<unsigned> &order)
{
    if (kind == RANDOM) std::shuffle(order.begin(), order.end(), engine);
}

} // namespace cuemu
