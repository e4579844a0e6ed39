#include "base/progress.h"

static void (*listener)(long done);

void listen_to_progress(void (*f)(long done)) { listener = f; }

void count_progress(long done)
{
    if (listener) listener(done);
}
