/* What ranks do together, built on the few calls that ranks_mpi.c and ranks_alone.c define. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/ranks.h"

void append_bytes(byte_buffer *b, const void *data, size_t bytes)
{
    if (b->capacity - b->bytes < bytes) {
        b->capacity = 2 * b->capacity > b->bytes + bytes ? 2 * b->capacity : b->bytes + bytes;
        b->data = checked_realloc(b->data, b->capacity);
    }
    if (bytes) memcpy(b->data + b->bytes, data, bytes);
    b->bytes += bytes;
}

int any_rank(int flag)
{
    int64_t x = flag;
    largest_integers(&x, 1);
    return (int)x;
}

/* ---- gathering ---- */

static transfer part_of(void *all, size_t size, index_range r, int rank)
{
    return (transfer){rank, (char *)all + r.from * size, (r.end - r.from) * size};
}

void gather_shares(void *all, size_t n, size_t size)
{
    int ranks = rank_count(), me = this_rank();
    if (ranks == 1) return;
    transfer *sent = checked_calloc(2 * ranks, sizeof *sent), *received = sent + ranks;
    for (int i = 1; i < ranks; ++i) { // each rank starts with a different peer
        int to = (me + i) % ranks, from = (me + ranks - i) % ranks;
        sent[i - 1] = part_of(all, size, my_share(n), to);
        received[i - 1] = part_of(all, size, rank_share(n, from), from);
    }
    exchange(sent, ranks - 1, received, ranks - 1);
    free(sent);
}

/* ---- work in blocks ---- */

static index_range block_at(const shared_work *w, size_t k)
{
    size_t from = k * w->block;
    return (index_range){from, w->n - from < w->block ? w->n : from + w->block};
}

static void compute_block(const shared_work *w, size_t k, byte_buffer *b)
{
    b->bytes = 0;
    w->compute(w->context, block_at(w, k), b);
}

static void send_block(const byte_buffer *b)
{
    uint64_t bytes = b->bytes;
    transfer t[] = {{0, &bytes, sizeof bytes}, {0, b->data, b->bytes}};
    exchange(t, 2, 0, 0);
}

static void receive_block(int rank, byte_buffer *b)
{
    uint64_t bytes;
    exchange(0, 0, &(transfer){rank, &bytes, sizeof bytes}, 1);
    if (b->capacity < bytes) b->data = checked_realloc(b->data, b->capacity = bytes);
    b->bytes = bytes;
    exchange(0, 0, &(transfer){rank, b->data, bytes}, 1);
}

void share_work(const shared_work *w)
{
    size_t ranks = rank_count(), me = this_rank(), blocks = (w->n + w->block - 1) / w->block;
    byte_buffer b = {0};
    for (size_t first = 0; first < blocks; first += ranks) {
        if (first + me < blocks) compute_block(w, first + me, &b);
        if (me && first + me < blocks) send_block(&b);
        for (size_t k = first; !me && k < first + ranks && k < blocks; ++k) {
            if (k > first) receive_block((int)(k - first), &b);
            w->take(w->context, block_at(w, k), b.data, b.bytes);
        }
    }
    free(b.data);
}

/* ---- agreement ---- */

static const shared_fact *differing_fact(const shared_fact *facts, const shared_fact *first, int n)
{
    for (int i = 0; i < n; ++i)
        if (facts[i].hash != first[i].hash) return first + i;
    return 0;
}

/* A long text is cut to start at the word before the first difference. */
static const char *differing_part(const char *text, const char *other)
{
    enum { LONG = 120 };
    size_t same = 0, words = 0;
    while (text[same] && text[same] == other[same]) ++same;
    while (same && words < 2) words += text[--same] == ' ';
    return strlen(text) > LONG && same ? text + same + 1 : text;
}

/* All ranks call it together, so that each has the same line. */
static void compare_facts(const shared_fact *all, int n)
{
    for (int r = 1; r < rank_count(); ++r) {
        const shared_fact *mine = all + (size_t)r * n, *first = differing_fact(mine, all, n);
        if (!first) continue;
        const shared_fact *other = mine + (first - all);
        die("%s: rank %d on %s has %s, rank 0 on %s has %s; all ranks need the same", first->what, r, rank_host(r),
            differing_part(other->value, first->value), rank_host(0), differing_part(first->value, other->value));
    }
}

void agree_on(const shared_fact *facts, int n)
{
    int ranks = rank_count();
    if (ranks == 1) return;
    size_t bytes = n * sizeof *facts;
    shared_fact *all = checked_malloc(ranks * bytes);
    memcpy(all + (size_t)this_rank() * n, facts, bytes);
    gather_shares(all, ranks, bytes);
    for (int i = 0; i < ranks * n; ++i) all[i].what = facts[i % n].what; // a pointer of this rank
    compare_facts(all, n);
    free(all);
}
