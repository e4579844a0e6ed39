/*
family.h - small nets that together use every key of a Gated PixelCNN, for tests that apply to all of them.
*/
#pragma once

typedef struct {
    const char *name, *cfg;
} family_net;

extern const family_net family[];
extern const int family_size;
