/*
order.h - the order of threads and blocks, and shared memory.
*/
#pragma once
#include "emu.h"
#include <string>

namespace cuemu {

const size_t MOST_SHARED = 227 << 10; // what an H100 gives a block that asks for it
const size_t USUAL_SHARED = 48 << 10;

/* Puts 0, 1, 2, ... into the order of CUEMU_ORDER; shuffle_order then changes it where that is random. */
void first_order(std::vector<unsigned> &order);
void shuffle_order(std::vector<unsigned> &order);

/* shared.cc: a new block begins. Its shared memory is NaN again. */
void next_shared_memory(size_t dynamic_bytes);
bool may_have_shared(const void *kernel, size_t bytes);

} // namespace cuemu
