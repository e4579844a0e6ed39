/*
pages.h - the pages of device memory.
*/
#pragma once
#include "emu.h"

namespace cuemu {

/* The addresses of one device; none is used twice. */
struct arena {
    char *base;
    size_t used;     // addresses
    size_t occupied; // bytes of live allocations
    bool open;
};
void make_arena(arena *a);
bool in_arena(const arena &a, const char *p);
/* Makes the arena accessible, or not. */
void protect(arena &a, bool open);

/* Memory in an open arena; nullptr if it is full. Freed memory faults. */
char *take(arena &a, size_t bytes);
void give_back(char *data, size_t bytes);
/* The bytes before and behind the data in its pages. */
void lay_canaries(char *data, size_t bytes);
bool canaries_live(const char *data, size_t bytes);

/* Memory outside arenas; an access past its end, to 16 bytes, faults. */
char *alloc_guarded(size_t bytes);
void free_guarded(char *p, size_t bytes);

} // namespace cuemu
