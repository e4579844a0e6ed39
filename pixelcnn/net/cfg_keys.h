/*
cfg_keys.h - every key that a net with our layers may have, and the check of a section against them.
*/
#pragma once
#include "layers/layer_kind.h"

/* The keys of [net] or of a layer's section, by its full name; the last has key NULL. NULL: no such section. */
const cfg_key *keys_of_section(const char *section);

/* All keys one after the other, section by section: number i from 0, and its section; NULL behind the last. */
const cfg_key *nth_key(int i, const char **section);

/* Exits 1 unless every key of the section is known there and its value of the right type and range and no
   key stands twice or is missing; then adds the defaults. */
void check_keys(const cfg_file *c, cfg_section *s);
