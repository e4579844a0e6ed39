/* Random123 refuses processors that it does not name. wasm32 is none of them, and philox needs nothing of a processor. */
#pragma once
#define __riscv
#include_next <Random123/philox.h>
#undef __riscv
