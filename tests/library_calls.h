/*
library_calls.h - helpers for the tests of libpixelcnn's functions.
*/
#pragma once
#include "library/pixelcnn.h"
#include "tests/refused.h"

static inline void succeeds(int status)
{
    if (status) fail_msg("%s", pixelcnn_error());
}

/* A case: a call failed, with an error that contains `says`. */
static inline void fails_with(int failed, const char *says) { call_refused(failed, pixelcnn_error(), says); }

static inline pixelcnn *load_net(const char *cfg, const char *weights, int batch)
{
    pixelcnn *p = pixelcnn_load(cfg, weights, batch);
    if (!p) fail_msg("%s", pixelcnn_error());
    return p;
}
