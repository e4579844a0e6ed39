#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/input_file.h"
#include "base/text.h"
#include "pixelcnn/commands/file_kind.h"

enum { HEAD = 4096 };

static int starts_with(const unsigned char *head, size_t n, const char *magic, size_t bytes)
{
    return n >= bytes && !memcmp(head, magic, bytes);
}

/* Darknet's header: version 0.1 or 0.2. */
static int is_weights_head(const unsigned char *head, size_t n)
{
    int32_t version[2];
    if (n < 3 * sizeof(int32_t)) return 0;
    memcpy(version, head, sizeof version);
    return version[0] == 0 && (version[1] == 1 || version[1] == 2);
}

/* Text whose first line, comments aside, is a section. */
static int is_cfg_head(const char *head, size_t n)
{
    if (memchr(head, 0, n)) return 0;
    for (const char *at = head; *at;) {
        at += strspn(at, " \t\r\n");
        if (*at == '[') return 1;
        if (*at != '#' && *at != ';') return 0;
        at += strcspn(at, "\n");
    }
    return 0;
}

static file_kind kind_of_head(const unsigned char *head, size_t n)
{
    static const struct {
        const char *magic;
        size_t bytes;
        file_kind kind;
    } magics[] = {{"\x89PNG", 4, KIND_PICTURE},
                  {"\xff\xd8\xff", 3, KIND_PICTURE},
                  {"GIF8", 4, KIND_PICTURE},
                  {"PK\3\4", 4, KIND_ARRAYS},
                  {"\x93NUMPY", 6, KIND_ARRAYS},
                  {"GPCNNst\n", 8, KIND_STATE},
                  {"\x89GPC\r\n\x1a\n", 8, KIND_COMPRESSED}};
    for (size_t i = 0; i < sizeof magics / sizeof *magics; ++i)
        if (starts_with(head, n, magics[i].magic, magics[i].bytes)) return magics[i].kind;
    if (is_weights_head(head, n)) return KIND_WEIGHTS;
    return is_cfg_head((const char *)head, n) ? KIND_CFG : KIND_OTHER;
}

file_kind kind_of_file(const char *path)
{
    struct stat s;
    const char *why;
    unsigned char head[HEAD + 1];
    if (stat(path, &s)) return KIND_MISSING;
    if (S_ISDIR(s.st_mode)) return KIND_FOLDER;
    FILE *f = try_open_input(path, &why);
    if (!f) return KIND_OTHER;
    size_t n = fread(head, 1, HEAD, f);
    fclose(f);
    head[n] = 0;
    file_kind k = kind_of_head(head, n);
    if (k != KIND_OTHER) return k;
    return ends_with(path, ".cfg") ? KIND_CFG : ends_with(path, ".weights") ? KIND_WEIGHTS : KIND_OTHER;
}

int path_exists(const char *path)
{
    struct stat s;
    return !stat(path, &s);
}

const char *name_of_kind(file_kind k)
{
    static const char *const names[] = {[KIND_MISSING] = "missing",
                                        [KIND_FOLDER] = "a folder",
                                        [KIND_CFG] = "a cfg",
                                        [KIND_WEIGHTS] = "weights",
                                        [KIND_STATE] = "the state of a training run",
                                        [KIND_PICTURE] = "a picture",
                                        [KIND_ARRAYS] = "NumPy arrays",
                                        [KIND_COMPRESSED] = "compressed images",
                                        [KIND_OTHER] = "a file"};
    return names[k];
}
