#include "base/verbose.h"

int verbose = 1;
