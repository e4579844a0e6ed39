/*
test_library_memory.c - a failed call of libpixelcnn leaks no memory and no open file: for hundreds of bad
files, and for each allocation that can fail.

malloc and its like are defined here, for the whole process: they count what is outstanding, to the piece, and
let one call by the library fail. Under the sanitizer, which has its own, bytes are counted and none fails.
*/
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "library/pixelcnn.h"
#include "tests/labelled.h"
#include "tests/refused.h"

/* ---- memory ---- */

static uintptr_t library_from, library_to; // where the library's code lies
static long left;                          // allocations of the library until one fails; negative: none does

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
static long outstanding(void) { return __sanitizer_get_current_allocated_bytes(); }
static int is_counted(void) { return 0; }
#else
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *p);

static long pieces;
static long outstanding(void) { return __atomic_load_n(&pieces, __ATOMIC_SEQ_CST); }
static int is_counted(void) { return 1; }

static int fails(void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    if (at < library_from || at >= library_to || __atomic_load_n(&left, __ATOMIC_SEQ_CST) < 0) return 0;
    if (__atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST) >= 0) return 0;
    errno = ENOMEM;
    return 1;
}

static void *counted(void *p)
{
    if (p) __atomic_add_fetch(&pieces, 1, __ATOMIC_SEQ_CST);
    return p;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t bytes) { return fails(CALLER) ? 0 : counted(__libc_malloc(bytes)); }
void *calloc(size_t n, size_t size) { return fails(CALLER) ? 0 : counted(__libc_calloc(n, size)); }
void *aligned_alloc(size_t alignment, size_t bytes)
{
    return fails(CALLER) ? 0 : counted(__libc_memalign(alignment, bytes));
}

int posix_memalign(void **p, size_t alignment, size_t bytes)
{
    *p = counted(__libc_memalign(alignment, bytes));
    return *p ? 0 : ENOMEM;
}

void *realloc(void *p, size_t bytes)
{
    if (fails(CALLER)) return 0;
    void *moved = __libc_realloc(p, bytes);
    if (!p) counted(moved);
    return moved;
}

void free(void *p)
{
    if (p) __atomic_sub_fetch(&pieces, 1, __ATOMIC_SEQ_CST);
    __libc_free(p);
}
#endif

static int find_code(struct dl_phdr_info *object, size_t size, void *nothing)
{
    (void)size;
    (void)nothing;
    for (int i = 0; strstr(object->dlpi_name, "libpixelcnn.so") && i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr) *part = object->dlpi_phdr + i;
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        library_from = object->dlpi_addr + part->p_vaddr;
        library_to = library_from + part->p_memsz;
    }
    return 0;
}

static int open_files(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    assert_non_null(d);
    while (readdir(d)) ++n;
    closedir(d);
    return n;
}

/* ---- bad files ---- */

/* Of the loads of one pass. */
static int refusals, acceptances;

static void try_files(const char *cfg, const char *weights)
{
    pixelcnn *p = pixelcnn_load(cfg, weights, 1);
    ++*(p ? &acceptances : &refusals);
    if (!p && (!*pixelcnn_error() || strchr(pixelcnn_error(), '\n'))) fail_msg("no line: %s", pixelcnn_error());
    pixelcnn_free(p);
}

/* Leaves out each line, and replaces its value by others. */
static void spoil_cfg(const char *text, const char *weights)
{
    static const char *const values[] = {"=0\n", "=-1\n", "=x\n", "=1e30\n", "=65536\n", "=2147483647\n", "\n[net]\n"};
    char damaged[TEXT];
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        size_t all = strchr(line, '\n') + 1 - line, key = strcspn(line, "=\n");
        for (int v = -1; v < COUNT(values); ++v) {
            splice_text(damaged, text, v < 0 ? line : line + key, v < 0 ? all : all - key, v < 0 ? "" : values[v]);
            write_text(path_of("BAD"), damaged);
            try_files(path_of("BAD"), weights);
        }
    }
}

/* Truncates a file at these lengths, and changes numbers in it. */
static void spoil_weights(const char *cfg, const char *weights)
{
    static const unsigned numbers[] = {0, 1, 0xffffffff, 0x7f800000, 0x7fc00000};
    size_t bytes;
    char *whole = read_whole(weights, &bytes);
    for (size_t n = 0; n < bytes; n += n < 32 ? 1 : 23) {
        write_file(path_of("BAD_WEIGHTS"), whole, n);
        try_files(cfg, path_of("BAD_WEIGHTS"));
    }
    for (size_t at = 0; at + 4 <= bytes; at += at < 20 ? 4 : 64)
        for (int i = 0; i < COUNT(numbers); ++i) {
            unsigned kept;
            memcpy(&kept, whole + at, 4);
            memcpy(whole + at, numbers + i, 4);
            write_file(path_of("BAD_WEIGHTS"), whole, bytes);
            memcpy(whole + at, &kept, 4);
            try_files(cfg, path_of("BAD_WEIGHTS"));
        }
    free(whole);
}

static void bad_files_leave_nothing(void **state)
{
    (void)state;
    long memory[2], files[2];
    need_world();
    for (int pass = 0; pass < 2; ++pass) {
        refusals = acceptances = 0;
        spoil_cfg(GREY, path_of("WEIGHTS"));
        spoil_cfg(COLOUR, path_of("PLAIN_WEIGHTS"));
        spoil_weights(path_of("CFG"), path_of("WEIGHTS"));
        spoil_weights(path_of("PLAIN"), path_of("PLAIN_WEIGHTS"));
        memory[pass] = outstanding();
        files[pass] = open_files();
    }
    print_message("%d loads refused, %d not\n", refusals, acceptances);
    assert_in_range(refusals, 500, 5000);
    assert_int_equal(memory[1], memory[0]);
    assert_int_equal(files[1], files[0]);
}

/* ---- no memory ---- */

typedef struct {
    pixelcnn *p;
    unsigned char images[5 * VALUES];
    double nats[5];
} use;

static int load(use *u)
{
    u->p = pixelcnn_load(path_of("DROPOUT"), path_of("WEIGHTS"), 2);
    return u->p ? 0 : -1;
}

static int sample(use *u)
{
    return pixelcnn_sample(u->p, 5, 0, &(pixelcnn_draw){.seed = 3, .temperature = 1, .guidance = 1}, u->images);
}

static int score(use *u) { return pixelcnn_nll(u->p, 5, u->images, 0, u->nats); }

static int score_values(use *u)
{
    double values[5 * VALUES];
    return pixelcnn_nll_values(u->p, 5, u->images, 0, values);
}

static int receive(void *context, int first, int n, const unsigned char *images)
{
    memcpy(((use *)context)->images + first * VALUES, images, n * VALUES);
    return 0;
}

static int stream(use *u)
{
    return pixelcnn_stream(u->p, 5, 0, &(pixelcnn_draw){.seed = 3, .guidance = 1}, receive, u);
}

static int change_weights(use *u)
{
    float bias[64];
    return pixelcnn_get_array(u->p, 1, bias) || pixelcnn_set_array(u->p, 1, bias) ? -1 : 0;
}

static int save(use *u) { return pixelcnn_save(u->p, scratch("saved.weights")); }

/* Lets the first, second, ... allocation of a call fail, until there are no more. */
static void fails_and_recovers(const char *what, int (*call)(use *), use *u)
{
    int failed = 0;
    if (call(u)) fail_msg("%s: %s", what, pixelcnn_error());
    if (call == load) pixelcnn_free(u->p);
    long before = outstanding();
    for (int status = -1; status; failed += status != 0) {
        left = failed;
        status = call(u);
        int reached = left < 0;
        left = -1;
        if (reached != (status != 0)) fail_msg("%s, allocation %d: returned %d", what, failed, status);
        if (status && !strstr(pixelcnn_error(), "out of memory"))
            fail_msg("%s, allocation %d: %s", what, failed, pixelcnn_error());
        if (!status && call == load) pixelcnn_free(u->p);
        if (outstanding() != before)
            fail_msg("%s, allocation %d: %ld pieces lost", what, failed, outstanding() - before);
    }
    print_message("%s: %d allocations\n", what, failed);
    assert_in_range(failed, 1, 10000);
}

static void no_memory_is_an_error_like_others(void **state)
{
    (void)state;
    use u, again;
    if (!is_counted()) skip();
    need_world();
    dl_iterate_phdr(find_code, 0);
    assert_true(library_to > library_from);
    fails_and_recovers("load", load, &u);
    assert_int_equal(load(&u), 0);
    sample(&u);
    score(&u);
    again = u;
    fails_and_recovers("sample", sample, &again);
    fails_and_recovers("nll", score, &again);
    fails_and_recovers("nll_values", score_values, &again);
    fails_and_recovers("stream", stream, &again);
    fails_and_recovers("arrays", change_weights, &again);
    fails_and_recovers("save", save, &again);
    assert_memory_equal(u.images, again.images, sizeof u.images);
    assert_memory_equal(u.nats, again.nats, sizeof u.nats);
    pixelcnn_free(u.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bad_files_leave_nothing),
                                       cmocka_unit_test(no_memory_is_an_error_like_others)};
    left = -1;
    return cmocka_run_group_tests(tests, 0, 0);
}
