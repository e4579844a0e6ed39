/*
family.h - small nets that between them use every key of the model family, for tests that hold for all.
*/
#pragma once

typedef struct {
    const char *name, *cfg;
} family_net;

extern const family_net family[];
extern const int family_size;
