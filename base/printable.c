#include <unistd.h>
#include "base/printable.h"

enum { BUFFER_BYTES = 4096, BUFFERS = 4 };

int utf8_bytes(const char *s)
{
    const unsigned char *t = (const unsigned char *)s;
    if (*t < 0x80) return *t != 0;
    int n = *t >= 0xC2 && *t < 0xE0 ? 2 : *t >= 0xE0 && *t < 0xF0 ? 3 : *t >= 0xF0 && *t < 0xF5 ? 4 : 0;
    for (int i = 1; i < n; ++i)
        if ((t[i] & 0xC0) != 0x80) return 0;
    if ((*t == 0xE0 && t[1] < 0xA0) || (*t == 0xED && t[1] > 0x9F)) return 0;
    if ((*t == 0xF0 && t[1] < 0x90) || (*t == 0xF4 && t[1] > 0x8F)) return 0;
    return n;
}

/* C0, DEL and C1; U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069. */
static int is_control(const unsigned char *t, int bytes)
{
    if (bytes == 1) return *t < ' ' || *t == 0x7F;
    if (bytes == 2) return *t == 0xC2 && t[1] < 0xA0;
    if (bytes != 3 || *t != 0xE2) return 0;
    return (t[1] == 0x80 && (t[2] == 0x8E || t[2] == 0x8F || (t[2] >= 0xAA && t[2] <= 0xAE))) ||
           (t[1] == 0x81 && t[2] >= 0xA6 && t[2] <= 0xA9);
}

static int is_shown(const char *s, int bytes) { return bytes && !is_control((const unsigned char *)s, bytes); }

void write_printable(char *to, size_t size, const char *text)
{
    size_t at = 0;
    while (*text) {
        int bytes = utf8_bytes(text), shown = is_shown(text, bytes), n = bytes ? bytes : 1;
        if (at + (shown ? n : 4 * n) >= size) break;
        for (int i = 0; i < n; ++i)
            at += snprintf(to + at, size - at, shown ? "%c" : "\\x%02x", (unsigned char)text[i]);
        text += n;
    }
    to[at] = 0;
}

const char *printable(const char *text)
{
    static _Thread_local char buffers[BUFFERS][BUFFER_BYTES];
    static _Thread_local unsigned next;
    const char *t = text;
    for (int n; (n = utf8_bytes(t)) && is_shown(t, n);) t += n;
    if (!*t) return text;
    char *to = buffers[next++ % BUFFERS];
    write_printable(to, BUFFER_BYTES, text);
    return to;
}

const char *printable_on(FILE *to, const char *text) { return isatty(fileno(to)) ? printable(text) : text; }
