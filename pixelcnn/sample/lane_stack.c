/*
lane_stack.c - the vertical stack of the lanes, some columns at a time.

A layer can compute a column of a row once its source has all the columns that the kernel reads there. The
thread that draws waits for the columns that it needs, and computes what is possible while it waits; a second
one may help. They work on different layers: each has a count of what it has computed (`done`) and a lock
(`busy`). All layers are in one row, as rows share their memory with rows further up. While the first pixels of
row r are drawn, the stack may still be in row r-1; the image keeps one row more for it. A column is computed in
the same way alone and among others, so that no bit depends on who computes what.
*/
#include "pixelcnn/sample/cached_form.h"

#define COLUMNS_AT_A_TIME 6 // two tiles of AVX2's product kernel; 8, 9 and 12 were slower (docs/dev/kernels.md)

static const cached_form *form_of(const lanes *s, int i) { return s->net->layers[i].form; }
static int is_in_stack(const lanes *s, int i) { return form_of(s, i) && form_of(s, i)->row; }
static long load(const long *count) { return __atomic_load_n(count, __ATOMIC_ACQUIRE); }

/* The row that is not complete in all layers of the stack. */
static int row_of_stack(const lanes *s) { return load(&s->stack.ready) / s->net->w - 1; }

/* The columns of row r that layer i can compute now. With help, not many at a time, so that two threads find work,
   and not few, as these take as long. The layers that read the image set the pace; the others get one or two
   columns less from the first of these steps, at the left border, and need not wait for the next. */
static index_range possible_columns(const lanes *s, int i, int r)
{
    int w = s->net->w, from = s->net->layers[i].sources->source[0].from;
    long above = (long)r * w, done = load(&s->layers[i].done) - above;
    long known = load(from == FROM_IMAGE ? &s->stack.drawn : &s->layers[from].done) - above;
    long end = known < w ? known - lane_source_rows(s, i, 0)->kept.right : w;
    int few = from == FROM_IMAGE ? COLUMNS_AT_A_TIME : COLUMNS_AT_A_TIME / 2;
    if (s->stack.helped && end > done + COLUMNS_AT_A_TIME) end = done + COLUMNS_AT_A_TIME;
    if (end <= done || r == s->net->h - 1 || (end < w && end < done + few)) return (index_range){0, 0};
    return (index_range){done, end};
}

/* Starts these columns of the row below in each layer that reads the inner array of layer `from`, and passes it
   on. */
static void give_columns(lanes *s, int from, index_range columns, const float *a)
{
    for (int i = 0; i < s->net->n; ++i) {
        const source_list *sources = s->net->layers[i].sources;
        for (int j = 0; form_of(s, i) && form_of(s, i)->take && j < sources->n; ++j) {
            if (sources->source[j].from != from || sources->source[j].array != INNER) continue;
            form_of(s, i)->start(s, i, columns);
            form_of(s, i)->take(s, i, from, columns, a);
        }
    }
}

/* Returns 0 if layer i can compute nothing at present. */
static int compute_columns(lanes *s, int i, float *a)
{
    int r = row_of_stack(s);
    index_range columns = possible_columns(s, i, r);
    if (columns.end == 0) return 0;
    form_of(s, i)->row(s, i, r, columns, a);
    give_columns(s, i, columns, a);
    __atomic_store_n(&s->layers[i].done, (long)r * s->net->w + columns.end, __ATOMIC_RELEASE);
    return 1;
}

/* What the slowest layer has computed can be drawn below. Another thread may have counted more. */
static void count_ready(lanes *s)
{
    long least = (long)s->net->h * s->net->w, ready = load(&s->stack.ready);
    for (int i = 0; i < s->net->n; ++i) {
        long done = is_in_stack(s, i) ? load(&s->layers[i].done) : least;
        if (done < least) least = done;
    }
    while (ready < least + s->net->w && !__atomic_compare_exchange_n(&s->stack.ready, &ready, least + s->net->w, 0,
                                                                     __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
        ;
}

static int enter(lane_layer *k) { return !__atomic_exchange_n(&k->busy, 1, __ATOMIC_ACQUIRE); }
static void leave(lane_layer *k) { __atomic_store_n(&k->busy, 0, __ATOMIC_RELEASE); }

/* The last layer first: the pixel that is waited for needs them all. */
static int compute_some(lanes *s, float *a)
{
    for (int i = s->net->n - 1; i >= 0; --i) {
        if (!is_in_stack(s, i) || possible_columns(s, i, row_of_stack(s)).end == 0 || !enter(s->layers + i)) continue;
        int computed = compute_columns(s, i, a);
        if (computed) count_ready(s);
        leave(s->layers + i);
        if (computed) return 1;
    }
    return 0;
}

int can_be_helped(const packed_net *p) { return !is_spatial(p); }
void lanes_accept_help(lanes *s) { s->stack.helped = 1; }
int lanes_help(lanes *s) { return compute_some(s, s->row_scratch[1]); }

/* Waits for a helper that is still in the images before, and keeps it out. */
void start_stack(lanes *s)
{
    for (int i = 0; i < s->net->n; ++i)
        while (!enter(s->layers + i)) yield_thread();
    __atomic_store_n(&s->stack.drawn, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&s->stack.ready, s->net->w, __ATOMIC_RELEASE);
    for (int i = 0; i < s->net->n; ++i) __atomic_store_n(&s->layers[i].done, 0, __ATOMIC_RELEASE);
    for (int i = 0; i < s->net->n; ++i) leave(s->layers + i);
}

void start_first_row(lanes *s)
{
    for (int i = 0; i < s->net->n; ++i)
        if (form_of(s, i) && form_of(s, i)->start) form_of(s, i)->start(s, i, (index_range){0, s->net->w});
}

void stack_until(lanes *s, long drawn, long wanted)
{
    __atomic_store_n(&s->stack.drawn, drawn, __ATOMIC_RELEASE);
    while (load(&s->stack.ready) < wanted)
        if (!compute_some(s, s->row_scratch[0])) yield_thread();
}
