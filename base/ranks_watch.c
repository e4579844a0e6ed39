#define _GNU_SOURCE // on_exit, usleep
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "base/ranks_watch.h"
#include "base/temporary_files.h"

static const double sign_interval = 1, gather_reports = 1, wait_for_end = 5, wait_for_caller = 5; // seconds
enum { TURN_US = 50000, NOTICE = RANK_SILENCE / 3 }; // NOTICE: seconds of silence before it is mentioned

static struct {
    pthread_t thread;
    pthread_mutex_t lock; // of what follows
    int stopped;
    double *heard;     // when, of each rank
    char *noticed;     // for each rank: 1: its silence was mentioned
    rank_note *report; // what each rank died of; kind NOTE_ERROR: it did
    int reports;
    double trouble;    // when the first report came; 0: none
    int dying;         // 1: die was called on this rank, whose thread ends the process
    int ended, status; // 1: all ranks end, with this status
    double ended_at;
    FILE *to; // stderr as it was
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void print_line(const char *line)
{
    fprintf(watch.to, "%s%s\n", stderr_line_open ? "\n" : "", line);
    fflush(watch.to);
}

static void print_report(int rank)
{
    char line[sizeof watch.report->line + 128];
    snprintf(line, sizeof line, "rank %d on %s: %s", rank, rank_host(rank), watch.report[rank].line);
    print_line(line);
}

/* ---- the end; with the lock ---- */

static void end_here(int status)
{
    if (watch.ended) return;
    watch.ended = 1;
    watch.status = status;
    watch.ended_at = monotonic_seconds();
}

static void end_all(int status)
{
    end_here(status);
    for (int r = 1; r < rank_count(); ++r) send_note(r, &(rank_note){.kind = NOTE_END, .status = status});
}

/* The lowest rank whose report is not this line; 0: none. */
static int rank_with_other_report(const char *line)
{
    for (int r = 1; r < rank_count(); ++r)
        if (watch.report[r].kind == NOTE_ERROR && strncmp(watch.report[r].line, line, sizeof watch.report->line - 1))
            return r;
    return 0;
}

static void take_report(int rank, int status, const char *line)
{
    rank_note *own = watch.report + rank;
    if (own->kind == NOTE_ERROR) return;
    own->kind = NOTE_ERROR;
    own->status = status;
    snprintf(own->line, sizeof own->line, "%s", line);
    ++watch.reports;
    if (!watch.trouble) watch.trouble = monotonic_seconds();
}

/* ---- the thread ---- */

static void take_notes(void)
{
    rank_note n;
    for (int from; (from = receive_note(&n)) >= 0;) {
        watch.heard[from] = monotonic_seconds();
        if (n.kind == NOTE_ERROR) take_report(from, n.status, n.line);
        if (n.kind == NOTE_END) end_here(n.status);
    }
}

static void send_signs(void)
{
    rank_note alive = {.kind = NOTE_ALIVE};
    if (!is_first_rank()) send_note(0, &alive);
    for (int r = 1; is_first_rank() && r < rank_count(); ++r) send_note(r, &alive);
}

/* Speaks before the launcher does, which may notice sooner but can name only hosts. */
static void mention_silence(int rank)
{
    double silent = monotonic_seconds() - watch.heard[rank];
    char line[256];
    if (silent < NOTICE) watch.noticed[rank] = 0;
    if (silent < NOTICE || watch.noticed[rank] || watch.ended) return;
    watch.noticed[rank] = 1;
    snprintf(line, sizeof line, "rank %d on %s: no sign of life for %d seconds; without one the job ends after %d",
             rank, rank_host(rank), NOTICE, RANK_SILENCE);
    print_line(line);
}

static void look_for_silence(void)
{
    static const char *const text = "no sign of life for %d seconds: it was killed, or its host or the network is down";
    char line[256];
    snprintf(line, sizeof line, text, RANK_SILENCE);
    if (!is_first_rank()) {
        if (monotonic_seconds() - watch.heard[0] < RANK_SILENCE || watch.ended) return;
        take_report(0, 1, line);
        if (!watch.dying) print_report(0);
        end_here(1);
        return;
    }
    for (int r = 1; r < rank_count(); ++r) {
        mention_silence(r);
        if (monotonic_seconds() - watch.heard[r] > RANK_SILENCE) take_report(r, 1, line);
    }
}

/* On rank 0: another rank has died. */
static void end_of_report(void)
{
    if (watch.ended || watch.dying || !watch.trouble || monotonic_seconds() - watch.trouble < gather_reports) return;
    int rank = rank_with_other_report("");
    print_report(rank);
    end_all(watch.report[rank].status);
}

/* The working thread is not waiting for a message, so it does not notice the end. */
static void end_for_caller(void)
{
    if (!watch.ended || monotonic_seconds() - watch.ended_at < wait_for_caller) return;
    remove_temporaries();
    _exit(watch.status);
}

static void *keep_watch_of_ranks(void *unused)
{
    double sent = 0;
    for (int stopped = 0; !stopped; usleep(TURN_US)) {
        pthread_mutex_lock(&watch.lock);
        take_notes();
        if (monotonic_seconds() - sent > sign_interval) {
            send_signs();
            sent = monotonic_seconds();
        }
        look_for_silence();
        if (is_first_rank()) end_of_report();
        end_for_caller();
        stopped = watch.stopped;
        pthread_mutex_unlock(&watch.lock);
    }
    return unused;
}

/* ---- for the working thread ---- */

/* Waits until the condition holds, or for that long. The condition is evaluated with the lock held. */
static void wait_until(int (*holds)(const char *line), const char *line, double seconds)
{
    double start = monotonic_seconds();
    for (int done = 0; !done && monotonic_seconds() - start < seconds;) {
        pthread_mutex_lock(&watch.lock);
        done = holds(line);
        pthread_mutex_unlock(&watch.lock);
        if (!done) usleep(TURN_US / 10);
    }
}

static int all_report(const char *line) { return watch.reports == rank_count() - 1 || rank_with_other_report(line); }
static int is_ended(const char *unused) { return (void)unused, watch.ended; }
static int is_sent(const char *unused) { return (void)unused, notes_are_sent(); }

/* For rank 0: its own line, and that of another rank that died of something else. */
static void report_of_first(int status, const char *line)
{
    wait_until(all_report, line, gather_reports);
    pthread_mutex_lock(&watch.lock);
    int ended = watch.ended, other = rank_with_other_report(line);
    if (!ended) {
        print_line(line);
        if (other) print_report(other);
        end_all(status);
    }
    pthread_mutex_unlock(&watch.lock);
    wait_until(is_sent, 0, gather_reports);
}

static void report_of_other(int status, const char *line)
{
    rank_note n = {.kind = NOTE_ERROR, .status = status};
    char text[sizeof n.line + 128];
    snprintf(n.line, sizeof n.line, "%s", line);
    send_note(0, &n);
    wait_until(is_ended, 0, wait_for_end);
    pthread_mutex_lock(&watch.lock);
    int ended = watch.ended;
    pthread_mutex_unlock(&watch.lock);
    snprintf(text, sizeof text, "rank %d on %s: %s", this_rank(), rank_host(this_rank()), n.line);
    if (!ended) print_line(text);
}

static void report(int status, const char *line)
{
    pthread_mutex_lock(&watch.lock);
    int again = watch.dying;
    watch.dying = 1;
    pthread_mutex_unlock(&watch.lock);
    if (again) return;
    if (is_first_rank())
        report_of_first(status, line);
    else
        report_of_other(status, line);
}

void leave_if_ended(void)
{
    pthread_mutex_lock(&watch.lock);
    int ended = watch.ended && !watch.dying, status = watch.status;
    if (ended) watch.dying = 1;
    pthread_mutex_unlock(&watch.lock);
    if (!ended) return;
    wait_until(is_sent, 0, gather_reports);
    exit(status);
}

/* At exit, if the other ranks do not know of the end yet. */
static void report_exit(int status, void *unused)
{
    (void)unused;
    char line[64];
    snprintf(line, sizeof line, "ended early, with status %d", status);
    if (!watch.stopped) report(status ? status : 1, line);
}

void start_watch(void)
{
    watch.to = stderr;
    watch.heard = checked_calloc(rank_count(), sizeof *watch.heard);
    watch.report = checked_calloc(rank_count(), sizeof *watch.report);
    watch.noticed = checked_calloc(rank_count(), sizeof *watch.noticed);
    for (int r = 0; r < rank_count(); ++r) watch.heard[r] = monotonic_seconds();
    if (pthread_create(&watch.thread, 0, keep_watch_of_ranks, 0)) die("cannot create a thread that watches the ranks");
    error_reporter = report;
    on_exit(report_exit, 0);
}

void stop_watch(void)
{
    pthread_mutex_lock(&watch.lock);
    watch.stopped = 1;
    pthread_mutex_unlock(&watch.lock);
    pthread_join(watch.thread, 0);
    error_reporter = 0;
}

/* ---- guard ---- */

static struct {
    int seconds, forgotten;
    const char *doing;
} guard;

static void *wait_for_guard(void *unused)
{
    for (double start = monotonic_seconds(); !__atomic_load_n(&guard.forgotten, __ATOMIC_ACQUIRE); usleep(TURN_US)) {
        if (monotonic_seconds() - start < guard.seconds) continue;
        dprintf(STDERR_FILENO, "%s has taken more than %d seconds: a rank is missing, or the network is down\n",
                guard.doing, guard.seconds);
        remove_temporaries();
        _exit(1);
    }
    return unused;
}

void set_guard(int seconds, const char *doing)
{
    pthread_t thread;
    guard.seconds = seconds;
    guard.doing = doing;
    guard.forgotten = 0;
    if (!pthread_create(&thread, 0, wait_for_guard, 0)) pthread_detach(thread);
}

void forget_guard(void) { __atomic_store_n(&guard.forgotten, 1, __ATOMIC_RELEASE); }
