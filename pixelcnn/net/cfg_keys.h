/* cfg_keys.h - the keys of a Gated PixelCNN's cfg, and the check of a section against them. */
#pragma once
#include "layers/layer_kind.h"

/* Enumerates all keys, section by section: key number i, from 0, and its section; NULL after the last. */
const cfg_key *nth_key(int i, const char **section);

/* Exits 1 on an unknown or duplicate key, a value of the wrong type or range, or a missing key. Then adds the
   defaults. */
void check_keys(const cfg_file *c, cfg_section *s);
