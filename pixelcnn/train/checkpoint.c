#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/found_files.h"
#include "base/input_file.h"
#include "base/printable.h"
#include "base/temporary_files.h"
#include "base/text.h"
#include "pixelcnn/net/weights.h"
#include "pixelcnn/train/checkpoint.h"

enum { LAST, PREVIOUS, GENERATIONS };
static const char *const generations[GENERATIONS] = {"last", "previous"};

/* The files of one generation. */
typedef struct {
    char weights[PATH_MAX], state[PATH_MAX];
} generation;

static generation generation_of(const char *folder, const char *base, int which)
{
    generation g;
    const char *name = generations[which];
    if (snprintf(g.weights, sizeof g.weights, "%s/%s_%s.weights", folder, base, name) >= PATH_MAX)
        die("%s/%s_%s.weights: name too long", folder, base, name);
    snprintf(g.state, sizeof g.state, "%s/%s_%s.state", folder, base, name); // shorter
    return g;
}

static int exists(const char *file) { return !access(file, F_OK); }

static int is_marked(const char *file, file_mark m)
{
    file_mark found;
    return !mark_file(file, &found) && found.bytes == m.bytes && found.hash == m.hash;
}

/* ---- saving ---- */

/* Gives `from` the name `to`. `from` also keeps its name if the file system supports hard links. */
static int keep_as(const char *from, const char *to)
{
    char link_name[PATH_MAX + 8];
    snprintf(link_name, sizeof link_name, "%s.link", to);
    remove(link_name);
    if (linkat(AT_FDCWD, from, AT_FDCWD, link_name, AT_SYMLINK_FOLLOW)) return rename(from, to);
    if (!rename(link_name, to)) {
        remove(link_name); // rename does nothing if both names are the same file
        return 0;
    }
    int why = errno;
    remove(link_name);
    errno = why;
    return 1;
}

/* Do the state and the weights of a generation belong together? */
static int is_pair(network *net, const generation *g)
{
    state_file s;
    char error[512];
    if (try_read_state(net, g->state, &s, error)) return 0;
    free_state(&s);
    return is_marked(g->weights, s.weights);
}

/* Renames both files once they are on disk. After each step there is a state whose weights exist. */
static int publish(network *net, atomic_file *weights, atomic_file *state, const generation *last,
                   const generation *previous, char *error)
{
    int keep = is_pair(net, last); // if not, the older pair is the only one and must not be overwritten
    if (keep && keep_as(last->weights, previous->weights)) {
        snprintf(error, 512, "%.400s: cannot rename the temporary file to it: %s", previous->weights, strerror(errno));
        return 1;
    }
    if (atomic_close(weights)) {
        snprintf(error, 512, "%s", weights->error);
        return 1;
    }
    if (keep && keep_as(last->state, previous->state)) {
        snprintf(error, 512, "%.400s: cannot rename the temporary file to it: %s", previous->state, strerror(errno));
        return 1;
    }
    if (atomic_close(state)) {
        snprintf(error, 512, "%s", state->error);
        return 1;
    }
    return 0;
}

int save_checkpoint(network *net, training_progress p, const training_origin *from, const char *folder,
                    const char *base, char *error)
{
    generation last = generation_of(folder, base, LAST), previous = generation_of(folder, base, PREVIOUS);
    atomic_file weights, state;
    atomic_open(&weights, last.weights);
    write_weights(net, &weights, net->n);
    atomic_open(&state, last.state);
    write_state(net, p, from, atomic_mark(&weights), &state);
    int failed = 1;
    if (atomic_finish(&weights))
        snprintf(error, 512, "%s", weights.error);
    else if (atomic_finish(&state))
        snprintf(error, 512, "%s", state.error);
    else
        failed = publish(net, &weights, &state, &last, &previous, error);
    atomic_abandon(&weights);
    atomic_abandon(&state);
    return failed;
}

/* ---- resuming ---- */

/* The file, out of n, that contains the weights that a state belongs to; NULL: none. */
static const char *find_weights(const state_file *s, const char *const *files, int n)
{
    for (int i = 0; i < n; ++i)
        if (is_marked(files[i], s->weights)) return files[i];
    return 0;
}

/* A checkpoint found by its name alone must belong to this cfg and data; one given by -resume FILE may
   differ. */
static void check_origin(const char *file, const training_origin *then, const training_origin *now, int named)
{
    int same_path = !then->cfg[0] || !strcmp(then->cfg, now->cfg), same_text = then->cfg_text == now->cfg_text,
        same_data = !then->data || !now->data || then->data == now->data;
    if (!same_path && !same_text && !named)
        die("%s: belongs to a different cfg: %s, whose text differs from %s; give another -backup folder, -resume %s "
            "to use it anyway, or -clear to start over",
            file, then->cfg, now->cfg, file);
    if (!same_data && !named)
        die("%s: was trained on different images or labels; give the same data, -resume %s to use it anyway, or -clear "
            "to start over",
            file, file);
    if (!same_path)
        fprintf(stderr, "%s: its cfg was %s, with %s\n", printable(file), printable(then->cfg),
                same_text ? "the same text" : "a different text");
    if (!same_data) fprintf(stderr, "%s: was trained on different images or labels\n", printable(file));
}

/* What to resume. */
typedef struct {
    network *net;
    const training_origin *now;
    int named;                            // given by -resume FILE
    const char *weights[1 + GENERATIONS]; // where its weights may be
    int n;
} resumption;

/* Loads one state with its weights. Returns STATE_READ, or the reason in error. */
static state_verdict try_resume(const resumption *r, const char *file, state_file *s, char *error)
{
    state_verdict v = try_read_state(r->net, file, s, error);
    if (v) return v;
    const char *weights = find_weights(s, r->weights, r->n);
    if (!weights) {
        snprintf(error, 512, "%.300s: its weights are missing: %llu bytes, XXH64 %016llx, expected in %.100s", file,
                 (unsigned long long)s->weights.bytes, (unsigned long long)s->weights.hash, r->weights[0]);
        free_state(s);
        return STATE_DAMAGED;
    }
    if (s->settings)
        check_origin(file, &s->from, r->now, r->named);
    else
        fprintf(stderr,
                "%s: written by an earlier version, which did not record cfg, data, dropout and image size; assuming "
                "that it belongs to this run\n",
                printable(file));
    load_weights(r->net, (char *)weights);
    restore_state(r->net, s);
    fprintf(stderr, "resumed from %s with %s: iteration %zu, %zu image%s seen\n", printable(file), printable(weights),
            get_current_batch(r->net), *r->net->seen, plural_s(*r->net->seen));
    free(s->bytes);
    s->bytes = 0;
    return STATE_READ;
}

/* Resumes FILE.state with FILE.weights. */
static void resume_file(resumption *r, const char *file, state_file *s)
{
    char own[PATH_MAX], error[512];
    const char *dot = strrchr(file, '.');
    int stem = dot && !strcmp(dot, ".state") ? (int)(dot - file) : (int)strlen(file);
    if (snprintf(own, sizeof own, "%.*s.weights", stem, file) >= PATH_MAX) die("%s: name too long", file);
    memmove(r->weights + 1, r->weights, GENERATIONS * sizeof *r->weights);
    r->weights[0] = own;
    r->n = 1 + GENERATIONS;
    r->named = 1;
    if (!exists(file)) die_cannot_open(file, strerror(errno));
    if (try_resume(r, file, s, error)) die("%s", error);
}

int has_checkpoint(const char *folder, const char *base)
{
    for (int i = 0; i < GENERATIONS; ++i)
        if (exists(generation_of(folder, base, i).state)) return 1;
    return 0;
}

int resume_checkpoint(network *net, const char *folder, const char *base, const char *file, const training_origin *now,
                      state_file *s)
{
    generation last = generation_of(folder, base, LAST), previous = generation_of(folder, base, PREVIOUS);
    resumption r = {.net = net, .now = now, .weights = {last.weights, previous.weights}, .n = GENERATIONS};
    const char *states[GENERATIONS] = {last.state, previous.state};
    char error[512], first[512] = "";
    if (file) {
        resume_file(&r, file, s);
        return 1;
    }
    for (int i = 0; i < GENERATIONS; ++i) {
        if (!exists(states[i])) continue;
        state_verdict v = try_resume(&r, states[i], s, error);
        if (!v) {
            if (first[0])
                fprintf(stderr, "resumed from the previous checkpoint because the last one is unusable: %s\n",
                        printable(first));
            return 1;
        }
        if (!first[0]) strcpy(first, error);
        if (v == STATE_OF_ANOTHER) break; // intact: the previous one must not take its place
    }
    if (first[0]) die("%s; -resume none or -clear starts over", first);
    return 0;
}

/* The mark of a weights file without its header of 20 bytes, which includes the number of images seen. */
static int mark_floats(const char *file, file_mark *m)
{
    const char *why;
    FILE *stream = try_open_input(file, &why);
    if (!stream) return 1;
    int failed = fseek(stream, WEIGHTS_HEADER, SEEK_SET) || mark_stream(stream, m);
    fclose(stream);
    return failed;
}

static int same_mark(file_mark a, file_mark b) { return a.bytes == b.bytes && a.hash == b.hash; }

int is_final_weights_of(const char *file, const state_file *s)
{
    file_mark m;
    if (!s->average.bytes) return !mark_file(file, &m) && same_mark(m, s->weights);
    return !mark_floats(file, &m) && same_mark(m, s->average);
}

int checkpoint_started_from(const char *folder, const char *base, const char *file)
{
    file_mark m;
    int found = 0;
    if (mark_file(file, &m)) return 0;
    for (int i = 0; i < GENERATIONS && !found; ++i) {
        state_file s;
        if (peek_state(generation_of(folder, base, i).state, &s)) continue;
        found = same_mark(m, s.from.start) || same_mark(m, s.weights) || is_final_weights_of(file, &s);
        free_state(&s);
    }
    return found;
}

/* ---- the folder ---- */

static int is_number(const char *text, size_t digits) { return digits && strspn(text, "0123456789") == digits; }

/* Is it a temporary name for a sheet, NAME_NUMBER.png? */
static int is_of_sheet(const char *name, const char *base)
{
    char target[PATH_MAX];
    size_t n = strlen(base);
    const char *end = strstr(name, ".png.tmp.");
    if (strncmp(name, base, n) || name[n] != '_' || !end || !is_number(name + n + 1, end - name - n - 1)) return 0;
    snprintf(target, sizeof target, "%.*s.png", (int)(end - name), name);
    return is_temporary_of(name, target);
}

/* Is it a temporary file of a training run with this name? */
static int is_leftover(const char *name, const char *base)
{
    static const char *const files[] = {"_last.weights",   "_last.state",   "_previous.weights",
                                        "_previous.state", "_best.weights", "_final.weights",
                                        "_ema.weights",    ".csv",          ".html"};
    static const char *const links[] = {"_previous.weights.link", "_previous.state.link"};
    char target[PATH_MAX];
    for (int i = 0; i < (int)(sizeof files / sizeof *files); ++i) {
        snprintf(target, sizeof target, "%s%s", base, files[i]);
        if (is_temporary_of(name, target)) return 1;
    }
    for (int i = 0; i < (int)(sizeof links / sizeof *links); ++i) {
        snprintf(target, sizeof target, "%s%s", base, links[i]);
        if (!strcmp(name, target)) return 1;
    }
    return is_temporary_of(name, "chart.png") || is_temporary_of(name, "index.html") || is_of_sheet(name, base);
}

typedef struct {
    const char *folder, *base;
} place;

static void look_at(void *context, const char *name)
{
    const place *p = context;
    char file[PATH_MAX];
    if (is_leftover(name, p->base) && snprintf(file, sizeof file, "%s/%s", p->folder, name) < PATH_MAX)
        remove_leftover(file);
}

void remove_leftovers(const char *folder, const char *base)
{
    place p = {folder, base};
    find_files(folder, "*", look_at, &p);
}

static char locked[PATH_MAX];
static int made; // the folder was made by this process

/* At exit: removes the lock if nothing was saved, and the folder if it is new. */
static void leave_empty_folder(void)
{
    char file[PATH_MAX + 8];
    DIR *d = opendir(locked);
    int others = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        others += strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && strcmp(e->d_name, ".lock");
    if (d) closedir(d);
    if (!d || others) return;
    snprintf(file, sizeof file, "%s/.lock", locked);
    remove(file);
    if (made) rmdir(locked);
}

/* Is the open file still the one with this name? Its owner removes it at exit, after which a lock on it
   protects nothing. */
static int is_still(const char *file, int fd)
{
    struct stat a, b;
    return !fstat(fd, &a) && !lstat(file, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int open_lock(const char *file, const char *folder)
{
    int fd = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) die("%s: cannot create: %s", file, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno == EWOULDBLOCK) die("%s: another training run uses this folder; give another -backup folder", folder);
        fprintf(stderr, "%s: cannot lock: %s; make sure that no other training run uses this folder\n", printable(file),
                strerror(errno));
    }
    return fd;
}

void lock_backup_folder(const char *folder, int new)
{
    char file[PATH_MAX];
    if (snprintf(file, sizeof file, "%s/.lock", folder) >= PATH_MAX) die("%s/.lock: name too long", folder);
    for (int fd; fd = open_lock(file, folder), !is_still(file, fd);) close(fd);
    snprintf(locked, sizeof locked, "%s", folder);
    made = new;
    atexit(leave_empty_folder);
}
