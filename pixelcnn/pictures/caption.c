#include <string.h>
#include "base/printable.h"
#include "pixelcnn/pictures/caption.h"

enum { FIRST = ' ', LAST = '~', BOX = LAST + 1, COLUMNS = 5, SPACE_WIDTH = 2 };

/* Rows from the top; the leftmost dot is worth 16. */
static const unsigned char glyphs[][CAPTION_ROWS] = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0},        // space
    {16, 16, 16, 16, 16, 0, 16, 0, 0},  // !
    {20, 20, 0, 0, 0, 0, 0, 0, 0},      // "
    {10, 31, 10, 10, 31, 10, 0, 0, 0},  // #
    {4, 15, 20, 14, 5, 30, 4, 0, 0},    // $
    {25, 25, 2, 4, 8, 19, 19, 0, 0},    // %
    {12, 18, 18, 12, 19, 18, 13, 0, 0}, // &
    {16, 16, 0, 0, 0, 0, 0, 0, 0},      // '
    {8, 16, 16, 16, 16, 16, 8, 0, 0},   // (
    {16, 8, 8, 8, 8, 8, 16, 0, 0},      // )
    {0, 21, 14, 14, 21, 0, 0, 0, 0},    // *
    {0, 4, 4, 31, 4, 4, 0, 0, 0},       // +
    {0, 0, 0, 0, 0, 0, 8, 8, 16},       // ,
    {0, 0, 0, 30, 0, 0, 0, 0, 0},       // -
    {0, 0, 0, 0, 0, 0, 16, 0, 0},       // .
    {2, 2, 4, 4, 8, 8, 16, 0, 0},       // /
    {14, 17, 19, 21, 25, 17, 14, 0, 0}, // 0
    {8, 24, 8, 8, 8, 8, 28, 0, 0},      // 1
    {14, 17, 1, 2, 4, 8, 31, 0, 0},     // 2
    {31, 2, 6, 1, 1, 17, 14, 0, 0},     // 3
    {2, 6, 10, 18, 31, 2, 2, 0, 0},     // 4
    {31, 16, 30, 1, 1, 17, 14, 0, 0},   // 5
    {6, 8, 16, 30, 17, 17, 14, 0, 0},   // 6
    {31, 1, 2, 2, 4, 4, 4, 0, 0},       // 7
    {14, 17, 17, 14, 17, 17, 14, 0, 0}, // 8
    {14, 17, 17, 15, 1, 2, 12, 0, 0},   // 9
    {0, 0, 16, 0, 0, 16, 0, 0, 0},      // :
    {0, 0, 0, 8, 0, 0, 8, 8, 16},       // ;
    {2, 4, 8, 16, 8, 4, 2, 0, 0},       // <
    {0, 0, 0, 30, 0, 30, 0, 0, 0},      // =
    {16, 8, 4, 2, 4, 8, 16, 0, 0},      // >
    {14, 17, 1, 2, 4, 0, 4, 0, 0},      // ?
    {14, 17, 23, 21, 23, 16, 14, 0, 0}, // @
    {4, 10, 17, 17, 31, 17, 17, 0, 0},  // A
    {30, 17, 17, 30, 17, 17, 30, 0, 0}, // B
    {14, 17, 16, 16, 16, 17, 14, 0, 0}, // C
    {30, 17, 17, 17, 17, 17, 30, 0, 0}, // D
    {30, 16, 16, 28, 16, 16, 30, 0, 0}, // E
    {30, 16, 16, 28, 16, 16, 16, 0, 0}, // F
    {14, 17, 16, 23, 17, 17, 15, 0, 0}, // G
    {17, 17, 17, 31, 17, 17, 17, 0, 0}, // H
    {28, 8, 8, 8, 8, 8, 28, 0, 0},      // I
    {6, 2, 2, 2, 2, 18, 12, 0, 0},      // J
    {17, 18, 20, 24, 20, 18, 17, 0, 0}, // K
    {16, 16, 16, 16, 16, 16, 30, 0, 0}, // L
    {17, 27, 21, 21, 17, 17, 17, 0, 0}, // M
    {17, 25, 25, 21, 19, 19, 17, 0, 0}, // N
    {14, 17, 17, 17, 17, 17, 14, 0, 0}, // O
    {30, 17, 17, 30, 16, 16, 16, 0, 0}, // P
    {14, 17, 17, 17, 21, 18, 13, 0, 0}, // Q
    {30, 17, 17, 30, 20, 18, 17, 0, 0}, // R
    {15, 16, 16, 14, 1, 1, 30, 0, 0},   // S
    {31, 4, 4, 4, 4, 4, 4, 0, 0},       // T
    {17, 17, 17, 17, 17, 17, 14, 0, 0}, // U
    {17, 17, 17, 10, 10, 10, 4, 0, 0},  // V
    {17, 17, 17, 21, 21, 27, 17, 0, 0}, // W
    {17, 17, 10, 4, 10, 17, 17, 0, 0},  // X
    {17, 17, 10, 4, 4, 4, 4, 0, 0},     // Y
    {31, 1, 2, 4, 8, 16, 31, 0, 0},     // Z
    {24, 16, 16, 16, 16, 16, 24, 0, 0}, // [
    {16, 16, 8, 8, 4, 4, 2, 0, 0},      // backslash
    {24, 8, 8, 8, 8, 8, 24, 0, 0},      // ]
    {8, 20, 0, 0, 0, 0, 0, 0, 0},       // ^
    {0, 0, 0, 0, 0, 0, 0, 31, 0},       // _
    {16, 8, 0, 0, 0, 0, 0, 0, 0},       // `
    {0, 0, 12, 2, 14, 18, 14, 0, 0},    // a
    {16, 16, 28, 18, 18, 18, 28, 0, 0}, // b
    {0, 0, 12, 16, 16, 16, 12, 0, 0},   // c
    {2, 2, 14, 18, 18, 18, 14, 0, 0},   // d
    {0, 0, 12, 18, 30, 16, 14, 0, 0},   // e
    {12, 16, 28, 16, 16, 16, 16, 0, 0}, // f
    {0, 0, 14, 18, 18, 14, 2, 2, 12},   // g
    {16, 16, 28, 18, 18, 18, 18, 0, 0}, // h
    {16, 0, 16, 16, 16, 16, 16, 0, 0},  // i
    {8, 0, 8, 8, 8, 8, 8, 8, 16},       // j
    {16, 16, 18, 20, 24, 20, 18, 0, 0}, // k
    {16, 16, 16, 16, 16, 16, 8, 0, 0},  // l
    {0, 0, 30, 21, 21, 21, 21, 0, 0},   // m
    {0, 0, 28, 18, 18, 18, 18, 0, 0},   // n
    {0, 0, 12, 18, 18, 18, 12, 0, 0},   // o
    {0, 0, 28, 18, 18, 18, 28, 16, 16}, // p
    {0, 0, 14, 18, 18, 18, 14, 2, 2},   // q
    {0, 0, 22, 24, 16, 16, 16, 0, 0},   // r
    {0, 0, 14, 16, 12, 2, 28, 0, 0},    // s
    {16, 16, 28, 16, 16, 16, 12, 0, 0}, // t
    {0, 0, 18, 18, 18, 18, 14, 0, 0},   // u
    {0, 0, 17, 17, 10, 10, 4, 0, 0},    // v
    {0, 0, 17, 21, 21, 21, 10, 0, 0},   // w
    {0, 0, 18, 18, 12, 18, 18, 0, 0},   // x
    {0, 0, 18, 18, 18, 18, 14, 2, 12},  // y
    {0, 0, 30, 2, 12, 16, 30, 0, 0},    // z
    {12, 8, 8, 16, 8, 8, 12, 0, 0},     // {
    {16, 16, 16, 16, 16, 16, 16, 0, 0}, // |
    {24, 8, 8, 4, 8, 8, 24, 0, 0},      // }
    {0, 0, 0, 9, 22, 0, 0, 0, 0},       // ~
    {14, 10, 10, 10, 10, 10, 14, 0, 0}, // BOX
};

/* ---- characters ---- */

/* U+00C0 to U+017F without accents. */
static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYPsaaaaaaaceeeeiiiidnooooo/ouuuuypy"
                            "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOo"
                            "RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/* The value of a valid UTF-8 character of n bytes. */
static unsigned code_of(const unsigned char *t, int n)
{
    unsigned code = n == 1 ? t[0] : t[0] & (0xFF >> (n + 1));
    for (int i = 1; i < n; ++i) code = code << 6 | (t[i] & 0x3F);
    return code;
}

/* The glyph of the character at *text, and moves on to the next; -1: it draws nothing. */
static int next_glyph(const char **text)
{
    int n = utf8_bytes(*text);
    unsigned code = n ? code_of((const unsigned char *)*text, n) : 0;
    *text += n ? n : 1;
    if (code >= 0x300 && code < 0x370) return -1; // an accent on the letter before
    if (code >= 0xC0 && code < 0x180) code = latin[code - 0xC0];
    return code >= FIRST && code <= LAST ? (int)code - FIRST : BOX - FIRST;
}

int is_caption(const char *text)
{
    while (*text)
        if (next_glyph(&text) == BOX - FIRST) return 0;
    return 1;
}

/* ---- dots ---- */

/* The width of a glyph: up to its last column with a dot. */
static int glyph_width(int glyph)
{
    int dots = 0, width = COLUMNS;
    for (int r = 0; r < CAPTION_ROWS; ++r) dots |= glyphs[glyph][r];
    while (width && !(dots >> (COLUMNS - width) & 1)) --width;
    return width ? width : SPACE_WIDTH;
}

int caption_width(const char *text)
{
    int width = 0;
    while (*text) {
        int glyph = next_glyph(&text);
        if (glyph >= 0) width += glyph_width(glyph) + 1;
    }
    return width ? width - 1 : 0;
}

static void draw_dot(const caption_place *p, int row, int column)
{
    for (int y = 0; y < p->scale; ++y) {
        size_t at = (size_t)(p->top + row * p->scale + y) * p->w + p->left + column * p->scale;
        memset(p->canvas + at * p->c, 0, (size_t)p->scale * p->c);
    }
}

/* From dot `column` on. */
static void draw_glyph(const caption_place *p, int glyph, int column)
{
    for (int r = 0; r < CAPTION_ROWS; ++r)
        for (int i = 0; i < COLUMNS; ++i)
            if (glyphs[glyph][r] >> (COLUMNS - 1 - i) & 1) draw_dot(p, r, column + i);
}

void draw_caption(caption_place p, const char *text)
{
    const int full_stop = '.' - FIRST, dots = 4; // columns of two dots with the gap before them
    int room = p.width / p.scale, column = 0, fits = caption_width(text) <= room;
    while (*text) {
        int glyph = next_glyph(&text), width = glyph < 0 ? 0 : glyph_width(glyph);
        if (glyph < 0) continue;
        if (!fits && column + width + dots > room) break;
        draw_glyph(&p, glyph, column);
        column += width + 1;
    }
    for (int i = 0; !fits && i < 2 && column < room; ++i, column += 2) draw_glyph(&p, full_stop, column);
}
