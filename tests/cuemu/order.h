/*
order.h - the order of threads and blocks, and shared memory.
*/
#pragma once
#include <string>
#include "emu.h"

namespace cuemu {

const size_t MOST_SHARED = 227 << 10; // the most that an H100 gives a block
const size_t USUAL_SHARED = 48 << 10;

/* 0, 1, 2, ... in the order of CUEMU_ORDER; shuffle_order then changes it if that is random. */
void first_order(std::vector<unsigned> &order);
void shuffle_order(std::vector<unsigned> &order);

/* shared.cc: a new block begins. Its shared memory is NaN again. */
void next_shared_memory(size_t dynamic_bytes);
bool may_have_shared(const void *kernel, size_t bytes);

} // namespace cuemu
