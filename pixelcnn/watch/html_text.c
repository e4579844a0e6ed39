#include <limits.h>
#include <string.h>
#include <time.h>
#include "pixelcnn/watch/html_text.h"

void put_escaped(FILE *to, const char *text)
{
    static const char *const names[UCHAR_MAX + 1] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
    for (; *text; ++text) {
        const char *name = names[(unsigned char)*text];
        if (name)
            fputs(name, to);
        else
            fputc(*text, to);
    }
}

void put_base64(FILE *to, const unsigned char *data, size_t bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes; i += 3) {
        size_t n = bytes - i < 3 ? bytes - i : 3; // of this group
        unsigned bits = data[i] << 16 | (n > 1 ? data[i + 1] << 8 : 0) | (n > 2 ? data[i + 2] : 0);
        for (size_t k = 0; k < 4; ++k) fputc(k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=', to);
    }
}

void put_data_uri(FILE *to, const unsigned char *png, size_t bytes)
{
    fputs("data:image/png;base64,", to);
    put_base64(to, png, bytes);
}

/* A number of its header, most significant byte first. 0: not a PNG. */
static int png_number(const unsigned char *png, size_t bytes, int at)
{
    static const unsigned char signature[] = {0x89, 'P', 'N', 'G'};
    if (bytes < 24 || memcmp(png, signature, sizeof signature)) return 0;
    return (png[at] & 0x7f) << 24 | png[at + 1] << 16 | png[at + 2] << 8 | png[at + 3];
}

static int times(int width, int most) { return most / width > 1 ? most / width : 1; }

void put_image(FILE *to, const unsigned char *png, size_t bytes, const char *alt, int most)
{
    enum { WIDTH_AT = 16, HEIGHT_AT = 20, NARROW = 320 };
    int width = most ? png_number(png, bytes, WIDTH_AT) : 0;
    fputs("<img src=\"", to);
    put_data_uri(to, png, bytes);
    fprintf(to, "\" alt=\"%s\"", alt);
    if (width)
        fprintf(to, " width=\"%d\" height=\"%d\" style=\"--wide: %dpx; --narrow: %dpx\"%s", width,
                png_number(png, bytes, HEIGHT_AT), width * times(width, most), width * times(width, NARROW),
                width > NARROW ? " class=\"shrunk\"" : "");
    fputc('>', to);
}

void put_time(FILE *to, long long seconds)
{
    char machine[64], human[64];
    time_t at = (time_t)seconds;
    struct tm t;
    localtime_r(&at, &t);
    strftime(machine, sizeof machine, "%Y-%m-%dT%H:%M:%S%z", &t);
    strftime(human, sizeof human, "%Y-%m-%d %H:%M:%S %Z", &t);
    fprintf(to, "<time datetime=\"%s\">%s</time>", machine, human);
}
