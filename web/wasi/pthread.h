/* What Darknet's headers need of pthread.h, which wasi-libc lacks: there is one thread. As glibc's, it includes time.h. */
#pragma once
#include <time.h>
typedef int pthread_t;
