/* zlib's gzread would not do: it ignores whatever follows the compressed data, and copies a file that is not
   gzipped. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>
#include <zlib.h>
#include "base/byte_source.h"
#include "base/errors.h"
#include "base/input_file.h"
#include "base/memory.h"
#include "base/text.h"

enum { BUFFER_BYTES = 1 << 16 };
static const double MOST_PACKED = 1032; // deflate's limit: 258 bytes from 2 bits

struct byte_source {
    const char *name;
    FILE *f;
    double size; // of the file
    size_t at;   // bytes of content read so far
    int packed;
    int between; // 1: at the end of a gzip member; another may follow
    z_stream z;
    unsigned char in[BUFFER_BYTES];
    zip_t *archive; // of a member of an archive, which has no f and z
    zip_file_t *member;
};

static void *get_memory(void *unused, unsigned n, unsigned size)
{
    (void)unused;
    return calloc(n, size);
}

static void release_memory(void *unused, void *p)
{
    (void)unused;
    free(p);
}

/* Reads the next bytes of the file into s->in. Returns 0 at its end. */
static size_t refill(byte_source *s)
{
    size_t n = fread(s->in, 1, BUFFER_BYTES, s->f);
    if (ferror(s->f)) die("%s: cannot read at byte %zu of its content: %s", s->name, s->at, strerror(errno));
    s->z.next_in = s->in;
    s->z.avail_in = n;
    return n;
}

byte_source *open_byte_source(const char *file)
{
    struct stat st;
    if (stat(file, &st)) die_cannot_open(file, strerror(errno));
    if (!S_ISREG(st.st_mode)) die("%s: not a regular file", file);
    byte_source *s = checked_calloc(1, sizeof *s);
    s->name = file;
    s->size = st.st_size;
    s->f = open_input(file);
    s->packed = refill(s) >= 2 && s->in[0] == 0x1F && s->in[1] == 0x8B;
    s->z.zalloc = get_memory;
    s->z.zfree = release_memory;
    if (s->packed && inflateInit2(&s->z, 16 + MAX_WBITS) != Z_OK) die("%s: out of memory", file);
    return s;
}

static void __attribute__((noreturn)) refuse_zip(const char *file, const char *member, int code, int system)
{
    zip_error_t e;
    zip_error_init(&e);
    zip_error_set(&e, code, system);
    die("%s%s%s: %s", file, *member ? ": " : "", member, zip_error_strerror(&e));
}

byte_source *open_zip_member(const char *file, const char *member)
{
    int code;
    fclose(open_input(file)); // exits 1 unless it is a regular file
    zip_t *archive = zip_open(file, ZIP_RDONLY, &code);
    if (!archive) refuse_zip(file, "", code, errno);
    zip_stat_t facts;
    if (zip_stat(archive, member, 0, &facts)) {
        zip_discard(archive);
        return 0;
    }
    byte_source *s = checked_calloc(1, sizeof *s);
    s->name = file;
    s->size = facts.valid & ZIP_STAT_SIZE ? facts.size : 0;
    s->archive = archive;
    s->member = zip_fopen_index(archive, facts.index, 0);
    if (!s->member) refuse_zip(file, member, zip_error_code_zip(zip_get_error(archive)), errno);
    return s;
}

double max_content_bytes(const byte_source *s) { return s->packed ? MOST_PACKED * s->size : s->size; }
char *zip_members(const char *file, const char *suffix, int most)
{
    int code, found = 0;
    char *text = 0;
    size_t bytes;
    zip_t *archive = zip_open(file, ZIP_RDONLY, &code);
    if (!archive) refuse_zip(file, "", code, errno);
    FILE *f = open_memstream(&text, &bytes);
    if (!f) die("out of memory for the names in %s", file);
    for (zip_int64_t i = 0, n = zip_get_num_entries(archive, 0); i < n && found <= most; ++i) {
        const char *name = zip_get_name(archive, i, 0);
        if (!name || !ends_with(name, suffix)) continue;
        fputs(found ? ", " : "", f);
        if (++found > most)
            fputs("...", f);
        else
            fwrite(name, 1, strlen(name) - strlen(suffix), f);
    }
    zip_discard(archive);
    if (fclose(f)) die("out of memory for the names in %s", file);
    return text;
}

int is_gzipped(const byte_source *s) { return s->packed; }

int is_raw(const byte_source *s) { return !s->packed && !s->member; }

int raw_descriptor(const byte_source *s)
{
    int fd = fcntl(fileno(s->f), F_DUPFD_CLOEXEC, 3);
    if (fd < 0) die("%s: cannot open: %s", s->name, strerror(errno));
    return fd;
}

/* Whether there is more content. */
static int has_more(byte_source *s)
{
    if (!s->z.avail_in && !refill(s)) {
        if (s->packed && !s->between) die("%s: damaged: its compressed data ends early", s->name);
        return 0;
    }
    if (!s->between) return 1;
    if (*s->z.next_in != 0x1F) die("%s: damaged: bytes that are not gzip follow the compressed data", s->name);
    s->between = 0;
    return inflateReset(&s->z) == Z_OK;
}

static size_t copy_some(byte_source *s, unsigned char *to, size_t bytes)
{
    size_t n = bytes < s->z.avail_in ? bytes : s->z.avail_in;
    memcpy(to, s->z.next_in, n);
    s->z.next_in += n;
    s->z.avail_in -= n;
    return n;
}

static size_t unpack_some(byte_source *s, unsigned char *to, size_t bytes)
{
    unsigned some = bytes < 1u << 30 ? bytes : 1u << 30;
    s->z.next_out = to;
    s->z.avail_out = some;
    int code = inflate(&s->z, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        die("%s: damaged at byte %zu of its content: %s", s->name, s->at, s->z.msg ? s->z.msg : zError(code));
    s->between = code == Z_STREAM_END;
    return some - s->z.avail_out;
}

static size_t read_member(byte_source *s, void *to, size_t bytes)
{
    size_t got = 0;
    while (got < bytes) {
        zip_int64_t n = zip_fread(s->member, (char *)to + got, bytes - got);
        if (n < 0) die("%s: damaged at byte %zu of its content: %s", s->name, s->at, zip_file_strerror(s->member));
        if (!n) break;
        got += n;
        s->at += n;
    }
    return got;
}

size_t read_byte_source(byte_source *s, void *to, size_t bytes)
{
    if (s->member) return read_member(s, to, bytes);
    size_t got = 0;
    while (got < bytes && has_more(s)) {
        unsigned char *at = (unsigned char *)to + got;
        size_t n = s->packed ? unpack_some(s, at, bytes - got) : copy_some(s, at, bytes - got);
        got += n;
        s->at += n;
    }
    return got;
}

void close_byte_source(byte_source *s)
{
    if (s->member) {
        zip_fclose(s->member);
        zip_discard(s->archive);
    } else {
        if (s->packed) inflateEnd(&s->z);
        fclose(s->f);
    }
    free(s);
}
