/* page.c - what the page sees of a drawing: the linker puts these functions between the sampler and lanes.c
   (--wrap, mk/web.mk). */
#include "base/signals.h"
#include "pixelcnn/sample/lanes.h"
#include "web/page.h"

void __real_lanes_start_row(lanes *s, int r);
void __wrap_lanes_start_row(lanes *s, int r);
void __real_lanes_put_value(lanes *s, int lane, int c, int colour, float x);
void __wrap_lanes_put_value(lanes *s, int lane, int c, int colour, float x);

void __wrap_lanes_start_row(lanes *s, int r)
{
    row_begins_in_page(r);
    __real_lanes_start_row(s, r);
}

void __wrap_lanes_put_value(lanes *s, int lane, int c, int colour, float x)
{
    value_drawn_in_page(lane, c, colour, x);
    __real_lanes_put_value(s, lane, c, colour, x);
}

/* Nothing sends signals to a page. */
int stop_signal(void) { return 0; }
