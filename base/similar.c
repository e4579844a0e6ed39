#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include "base/bounds.h"
#include "base/similar.h"
#include "base/text.h"

enum {
    LONGEST = 64,        // of a name that is compared, with its NUL
    MOST_ENTRIES = 10000 // of a folder that are looked at
};

static int is_same_letter(char a, char b) { return tolower((unsigned char)a) == tolower((unsigned char)b); }

/* Optimal string alignment: a row of distances for each letter of a; two rows are kept for exchanged
   letters. */
int edit_distance(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b), rows[3][LONGEST];
    if (n >= LONGEST || m >= LONGEST) return LONGEST;
    for (int j = 0; j <= m; ++j) rows[0][j] = j;
    for (int i = 1; i <= n; ++i) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= m; ++j) {
            now[j] = smaller(smaller(before[j], now[j - 1]) + 1, before[j - 1] + !is_same_letter(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && is_same_letter(a[i - 1], b[j - 2]) && is_same_letter(a[i - 2], b[j - 1]))
                now[j] = smaller(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

/* Whether a word is another with letters left out: "secs" for "seconds", at least half of it and its first two
   letters. */
static int is_abbreviated(const char *word, const char *other)
{
    size_t n = strlen(word), m = strlen(other);
    if (n < 3 || 2 * n < m || strncasecmp(word, other, 2)) return 0;
    for (; *other && *word; ++other) word += is_same_letter(*word, *other);
    return !*word;
}

/* Smaller is more similar; LONGEST: not similar. Words with a common beginning rank below those with a wrong
   letter, and abbreviations below both. */
static int difference(const char *word, const char *other)
{
    size_t n = strlen(word), m = strlen(other), shorter = n < m ? n : m;
    int distance = edit_distance(word, other);
    if (distance <= (int)(n + 1) / 3) return distance;
    if (shorter < 3 || strncasecmp(word, other, shorter)) return is_abbreviated(word, other) ? LONGEST - 1 : LONGEST;
    return smaller(LONGEST / 2 + (int)(n > m ? n - m : m - n), LONGEST - 2);
}

const char *most_similar(const char *word, const char *const *words, int n)
{
    const char *best = 0;
    int smallest = LONGEST;
    for (int i = 0; i < n; ++i) {
        int d = difference(word, words[i]);
        if (d < smallest) {
            smallest = d;
            best = words[i];
        }
    }
    return best;
}

/* ---- paths ---- */

static char *joined(const char *folder, const char *name)
{
    return format_text("%s%s%s", folder, *folder && folder[strlen(folder) - 1] != '/' ? "/" : "", name);
}

static int is_wanted(const char *path, const char *suffix)
{
    struct stat s;
    size_t n = strlen(path), m = strlen(suffix);
    if (stat(path, &s)) return 0;
    if (!strcmp(suffix, "/")) return S_ISDIR(s.st_mode);
    return n >= m && !strcmp(path + n - m, suffix);
}

/* The entry of the folder ("": the working folder) whose name is most similar. */
static char *similar_entry(const char *folder, const char *name, const char *suffix)
{
    DIR *dir = opendir(*folder ? folder : ".");
    char *best = 0;
    int smallest = LONGEST, seen = 0;
    for (struct dirent *e; dir && (e = readdir(dir)) && seen < MOST_ENTRIES; ++seen) {
        int d = e->d_name[0] == '.' ? LONGEST : difference(name, e->d_name);
        if (d > smallest || d == LONGEST) continue;
        char *path = joined(folder, e->d_name);
        if (is_wanted(path, suffix) && (d < smallest || strcmp(path, best) < 0)) {
            free(best);
            best = path;
            smallest = d;
        } else
            free(path);
    }
    if (dir) closedir(dir);
    return best;
}

char *similar_path(const char *path, const char *suffix)
{
    struct stat s;
    char *folder = joined(path, ""), *found = 0;
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/') folder[--n] = 0;
    char *slash = strrchr(folder, '/'), *name = joined("", slash ? slash + 1 : folder);
    if (slash) slash[slash == folder] = 0; // "/" remains of "/name"
    if (!slash) *folder = 0;
    if (*folder && (stat(folder, &s) || !S_ISDIR(s.st_mode))) {
        char *other = similar_path(folder, "/");
        free(folder);
        folder = other;
    }
    if (folder && *name) {
        found = joined(folder, name);
        if (!is_wanted(found, suffix)) {
            free(found);
            found = similar_entry(folder, name, suffix);
        }
    }
    free(folder);
    free(name);
    return found;
}

char *similar_output(const char *path)
{
    struct stat s;
    char *folder = joined("", path), *slash = strrchr(folder, '/'), *found = 0;
    if (slash && slash > folder) {
        *slash = 0;
        char *other = stat(folder, &s) ? similar_path(folder, "/") : 0;
        if (other) found = joined(other, slash + 1);
        free(other);
    }
    free(folder);
    return found;
}
