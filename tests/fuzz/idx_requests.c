/*
idx_requests.c - see idx_requests.h.
*/
#include <stdlib.h>
#include "pixelcnn/data/idx.h"
#include "tests/fuzz/harness.h"
#include "tests/fuzz/idx_requests.h"

typedef struct {
    idx_type type;
    int least, most;
    const char *file;
    idx_header got;
    unsigned char *data;
} request;

static void read_it(void *w)
{
    request *t = w;
    t->got = open_idx(t->file, t->type, t->least, t->most);
    t->data = read_idx_items(&t->got);
}

static void check(const request *w, size_t bytes)
{
    size_t items = 1;
    promise(w->got.ndims >= w->least && w->got.ndims <= w->most, "as many dimensions as asked for");
    for (int i = 0; i < w->got.ndims; ++i) items *= w->got.dims[i];
    promise(items == w->got.items, "items are the product of the dimensions");
    size_t whole = 4 + 4 * w->got.ndims + items * (w->type == IDX_FLOAT ? 4 : 1);
    promise(!bytes || whole == bytes, "a file of another length is refused");
    unsigned char sum = 0;
    for (size_t i = 0; i < whole - 4 - 4 * w->got.ndims; ++i) sum += w->data[i];
    static volatile unsigned char seen; // so that the sum is made
    seen = sum;
    (void)seen;
}

void read_as_each(const char *file, size_t bytes)
{
    request requests[] = {
        {IDX_BYTE, 3, 4, file, {0}, 0}, {IDX_BYTE, 1, 1, file, {0}, 0}, {IDX_FLOAT, 2, 2, file, {0}, 0}};
    for (int i = 0; i < 3; ++i) {
        if (!attempt(read_it, requests + i)) continue;
        check(requests + i, bytes);
        free(requests[i].data);
        must_be_empty();
    }
}
