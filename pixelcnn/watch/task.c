#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/progress.h"
#include "base/text.h"
#include "pixelcnn/watch/task.h"
#include "utils.h"

static const double least_interval = .1; // seconds

/* One at a time in a process. */
static struct {
    double total, start, last; // last: time of the last display
    long done;
    char busy; // 1: a thread is displaying
    task_display show;
    void *context;
    progress_bar bar; // of begin_task_bar
    char doing[TASK_BYTES];
} task;

/* Called on any thread. One of them displays; the others continue their work. */
static void take_progress(long done)
{
    long sum = __atomic_add_fetch(&task.done, done, __ATOMIC_RELAXED);
    if (__atomic_test_and_set(&task.busy, __ATOMIC_ACQUIRE)) return;
    double now = what_time_is_it_now();
    if (now - task.last >= least_interval) {
        task.last = now;
        task.show(task.context, fmin(sum / task.total, 1), now - task.start);
    }
    __atomic_clear(&task.busy, __ATOMIC_RELEASE);
}

void begin_task(double total, task_display show, void *context)
{
    task.total = total;
    task.start = task.last = what_time_is_it_now();
    task.done = 0;
    task.show = show;
    task.context = context;
    if (total > 0) listen_to_progress(take_progress);
}

static void show_on_bar(void *context, double part, double seconds)
{
    (void)context;
    draw_task(&task.bar, task.doing, part, part > 0 ? seconds * (1 - part) / part : -1);
}

void begin_task_bar(const char *doing, double total)
{
    task.bar = make_bar();
    if (!task.bar.on) return;
    snprintf(task.doing, sizeof task.doing, "%s", doing);
    begin_task(total, show_on_bar, 0);
    show_on_bar(0, 0, 0);
}

void begin_images(const char *doing, int n, double each)
{
    char text[TASK_BYTES];
    snprintf(text, sizeof text, "%s %d image%s", doing, n, plural_s(n));
    begin_task_bar(text, n * each);
}

void end_task(void)
{
    listen_to_progress(0);
    if (task.bar.drawn) erase_bar(&task.bar);
}
