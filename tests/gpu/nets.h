/*
nets.h - the nets that a device is compared on: the family of the CPU's tests and some more.
*/
#pragma once
#include "tests/family.h"

extern const char *wanted_nets; // pattern of their names, for fnmatch; "*"

/* The n-th net whose name matches, or NULL. */
const family_net *net_number(int n);
/* Any net, by its name. */
const family_net *net_named(const char *name);
