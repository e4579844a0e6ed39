/*
caller_threads.c - the library called from threads of the caller's, for ThreadSanitizer: caller_threads CFG
WEIGHTS. Each way of calling must draw and score what a plain call does. Exit status 1 if one does not.
*/
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "library/pixelcnn.h"

enum { CALLERS = 3, IMAGES = 3 };

static const char *cfg, *weights;

typedef struct {
    pixelcnn *net; // shared; NULL: one of its own
    unsigned char *images;
    double nats[IMAGES];
    int status;
} task;

static size_t image_bytes(const pixelcnn *net)
{
    return (size_t)pixelcnn_channels(net) * pixelcnn_height(net) * pixelcnn_width(net);
}

static int go_on(void *context)
{
    (void)context;
    return 0;
}

static void *run_task(void *argument)
{
    task *t = argument;
    pixelcnn *net = t->net ? t->net : pixelcnn_load(cfg, weights, 2);
    pixelcnn_draw how = PIXELCNN_DRAW;
    how.seed = 7;
    t->status = -1;
    if (!net) return 0;
    int classes = pixelcnn_classes(net);
    size_t bytes = image_bytes(net);
    float *labels = classes ? calloc((size_t)IMAGES * classes, sizeof(float)) : 0;
    unsigned char *mask = calloc(bytes, 1);
    t->images = calloc(2 * IMAGES, bytes);
    for (int i = 0; i < IMAGES && classes; ++i) labels[i * classes + i % classes] = 1;
    mask[0] = 1;
    t->status = pixelcnn_on_cancel(net, go_on, 0) || pixelcnn_sample(net, IMAGES, labels, &how, t->images) ||
                pixelcnn_nll(net, IMAGES, t->images, labels, t->nats);
    memcpy(t->images + IMAGES * bytes, t->images, IMAGES * bytes);
    t->status |= pixelcnn_complete(net, IMAGES, labels, mask, &how, t->images + IMAGES * bytes);
    if (pixelcnn_load("nosuch.cfg", weights, 2) || !strstr(pixelcnn_error(), "nosuch.cfg")) t->status = -1;
    free(labels);
    free(mask);
    if (!t->net) pixelcnn_free(net);
    return 0;
}

static int same(const task *a, const task *b, size_t bytes)
{
    return !a->status && !b->status && !memcmp(a->images, b->images, 2 * IMAGES * bytes) &&
           !memcmp(a->nats, b->nats, sizeof a->nats);
}

/* All tasks must end as the expected one; frees their images. */
static int compare_tasks(const char *way, task *t, const task *expected, size_t bytes)
{
    int wrong = 0;
    for (int i = 0; i < CALLERS; ++i) {
        if (!same(t + i, expected, bytes))
            wrong = printf("%s: caller %d got another result (%s)\n", way, i, pixelcnn_error());
        free(t[i].images);
        t[i] = (task){.net = t[i].net};
    }
    return wrong != 0;
}

static void run_on_pthreads(task *t)
{
    pthread_t thread[CALLERS];
    for (int i = 0; i < CALLERS; ++i)
        if (pthread_create(thread + i, 0, run_task, t + i)) abort();
    for (int i = 0; i < CALLERS; ++i) pthread_join(thread[i], 0);
}

static void run_in_region(task *t)
{
#pragma omp parallel for num_threads(CALLERS) schedule(static, 1)
    for (int i = 0; i < CALLERS; ++i) run_task(t + i);
}

static void run_in_critical(task *t)
{
#pragma omp parallel num_threads(CALLERS)
    {
        int i = omp_get_thread_num();
#pragma omp critical
        run_task(t + i);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) return fprintf(stderr, "usage: caller_threads CFG WEIGHTS\n"), 2;
    cfg = argv[1];
    weights = argv[2];
    pixelcnn *net = pixelcnn_load(cfg, weights, 2);
    if (!net) return fprintf(stderr, "%s\n", pixelcnn_error()), 2;
    size_t bytes = image_bytes(net);
    task expected = {.net = net}, shared[CALLERS], own[CALLERS] = {0};
    run_task(&expected);
    if (expected.status) return fprintf(stderr, "%s\n", pixelcnn_error()), 2;
    for (int i = 0; i < CALLERS; ++i) shared[i] = (task){.net = net};
    int wrong = 0;
    run_on_pthreads(own);
    wrong |= compare_tasks("pthreads, a net each", own, &expected, bytes);
    run_on_pthreads(shared);
    wrong |= compare_tasks("pthreads, one net", shared, &expected, bytes);
    run_in_region(own);
    wrong |= compare_tasks("parallel region, a net each", own, &expected, bytes);
    run_in_region(shared);
    wrong |= compare_tasks("parallel region, one net", shared, &expected, bytes);
    run_in_critical(shared);
    wrong |= compare_tasks("critical section, one net", shared, &expected, bytes);
    free(expected.images);
    pixelcnn_free(net);
    return wrong;
}
