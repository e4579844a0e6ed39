#!/usr/bin/env python3
"""Makes data sets to experiment with: make_pictures.py [-shapes] FOLDER [PER_CLASS [SEED]]

draws boats, cars, flowers, houses and fish: FOLDER/boat/000.png, ... in colours, places and sizes that vary, the files of 36 to 120
pixels a side, by default 60 of each class. With -shapes it draws circles and crosses, white on black, in places, sizes and widths
that vary, the files of 40 x 40 pixels, by default 150 of each. The same seed draws the same pictures. Needs NumPy.
"""
import os
import struct
import sys
import zlib

try:
    import numpy as np
except ImportError:
    sys.exit(sys.argv[0] + ': needs NumPy for this Python, ' + sys.executable + ' (Debian: python3-numpy, for /usr/bin/python3)')

SHARP = 3  # samples a pixel in each direction


class Canvas:
    """Colours (h,w,3) from 0 to 1; x goes from 0 to w/h and y from 0 at the top to 1."""

    def __init__(self, h, w):
        self.h, self.w = h, w
        y, x = np.mgrid[0:h * SHARP, 0:w * SHARP]
        self.x, self.y = (x + .5) / (h * SHARP), (y + .5) / (h * SHARP)
        self.colours = np.zeros((h * SHARP, w * SHARP, 3))

    def fill(self, where, colour):
        self.colours[where] = colour

    def shade(self, top, bottom, low=0., high=1.):
        """From one colour to another between two heights."""
        t = np.clip((self.y - low) / (high - low), 0, 1)[..., None]
        where = (self.y >= low) & (self.y < high)
        self.colours[where] = ((1 - t) * np.array(top) + t * np.array(bottom))[where]

    def box(self, x0, y0, x1, y1):
        return (self.x >= x0) & (self.x < x1) & (self.y >= y0) & (self.y < y1)

    def disc(self, x, y, rx, ry=None):
        return ((self.x - x) / rx) ** 2 + ((self.y - y) / (ry or rx)) ** 2 < 1

    def triangle(self, a, b, c):
        def side(p, q):
            return (q[0] - p[0]) * (self.y - p[1]) - (q[1] - p[1]) * (self.x - p[0])
        s = [side(a, b), side(b, c), side(c, a)]
        return (np.minimum.reduce(s) >= 0) | (np.maximum.reduce(s) <= 0)

    def mean(self):
        """Of the samples of each pixel."""
        return self.colours.reshape(self.h, SHARP, self.w, SHARP, 3).mean((1, 3))

    def pixels(self, r):
        """8-bit values, with the noise and the uneven light of a photograph."""
        mean = self.mean()
        light = 1 + .12 * (r.random() - .5) + .1 * (r.random() - .5) * np.linspace(-1, 1, self.w)[None, :, None]
        return np.clip(mean * light * 255 + r.normal(0, 3, mean.shape) + .5, 0, 255).astype(np.uint8)


BRIGHT = [(.85, .1, .1), (.1, .3, .85), (.95, .75, .1), (.1, .6, .25), (.9, .45, .1), (.55, .15, .6), (.95, .95, .95)]


def vary(r, colour, by=.06):
    return np.clip(np.array(colour) + r.uniform(-by, by, 3), 0, 1)


def pick(r, colours):
    return vary(r, colours[r.integers(len(colours))])


def sky(c, r, horizon):
    c.shade(vary(r, (.45, .68, .95)), vary(r, (.8, .9, 1)), 0, horizon)


def boat(c, r, x, y, s):
    """(x, y): the middle of what is drawn; s: its size."""
    horizon = y + .22 * s
    sky(c, r, horizon)
    c.shade(vary(r, (.1, .4, .7)), vary(r, (.05, .2, .45)), horizon, 1)
    sail, hull = pick(r, BRIGHT), pick(r, BRIGHT)
    side = 1 if r.random() < .5 else -1
    c.fill(c.box(x - .015 * s, y - .5 * s, x + .015 * s, y + .25 * s), (.3, .2, .1))
    c.fill(c.triangle((x + .03 * s * side, y - .48 * s), (x + .03 * s * side, y + .15 * s), (x + .38 * s * side, y + .15 * s)), sail)
    c.fill(c.triangle((x - .03 * s * side, y - .3 * s), (x - .03 * s * side, y + .15 * s), (x - .28 * s * side, y + .15 * s)), sail * .85)
    top, bottom = y + .2 * s, y + .42 * s
    inside = (c.y >= top) & (c.y < bottom) & (abs(c.x - x) < .45 * s - (c.y - top) * .7)
    c.fill(inside, hull)


def car(c, r, x, y, s):
    ground = y + .25 * s
    sky(c, r, ground - .1 * s)
    c.shade(vary(r, (.45, .45, .47)), vary(r, (.3, .3, .32)), ground - .1 * s, 1)
    body = pick(r, BRIGHT)
    side = 1 if r.random() < .5 else -1
    roof = (abs(c.x - x + .06 * s * side) < .16 * s + (c.y - (y - .25 * s)) * .6) & (c.y >= y - .25 * s) & (c.y < y + .01 * s)
    c.fill(roof, body * .9)
    window = (abs(c.x - x + .06 * s * side) < .13 * s + (c.y - (y - .2 * s)) * .5) & (c.y >= y - .2 * s) & (c.y < y - .02 * s)
    c.fill(window, (.75, .88, .95))
    c.fill(c.box(x - .075 * s * side - .015 * s, y - .2 * s, x - .075 * s * side + .015 * s, y), body * .9)
    c.fill(c.box(x - .5 * s, y - .03 * s, x + .5 * s, y + .2 * s), body)
    c.fill(c.box(x + side * .46 * s - .04 * s, y + .02 * s, x + side * .46 * s + .04 * s, y + .08 * s), (1, .95, .6))
    for wheel in (-.28, .28):
        c.fill(c.disc(x + wheel * s, y + .2 * s, .125 * s), (.08, .08, .09))
        c.fill(c.disc(x + wheel * s, y + .2 * s, .055 * s), (.75, .75, .78))


def fish(c, r, x, y, s):
    c.shade(vary(r, (.2, .55, .7)), vary(r, (.05, .2, .4)))
    c.shade(vary(r, (.75, .68, .45)), vary(r, (.6, .5, .3)), y + .4 * s, 1.01)
    body, fins = pick(r, BRIGHT[:3] + BRIGHT[4:]), pick(r, BRIGHT)
    side = 1 if r.random() < .5 else -1
    tail = x - side * .24 * s
    c.fill(c.triangle((tail, y), (tail - side * .24 * s, y - .22 * s), (tail - side * .24 * s, y + .22 * s)), fins)
    c.fill(c.triangle((x - side * .12 * s, y - .1 * s), (x + side * .14 * s, y - .1 * s), (x - side * .12 * s, y - .34 * s)), fins * .85)
    c.fill(c.disc(x + side * .04 * s, y, .34 * s, .2 * s), body)
    for k in range(r.integers(0, 4)):
        stripe = x + side * (.08 - .11 * k) * s
        c.fill(c.disc(x + side * .04 * s, y, .34 * s, .2 * s) & (abs(c.x - stripe) < .025 * s), body * .55)
    c.fill(c.disc(x + side * .24 * s, y - .04 * s, .05 * s), (1, 1, 1))
    c.fill(c.disc(x + side * .25 * s, y - .04 * s, .025 * s), (.05, .05, .1))
    for k in range(r.integers(0, 4)):
        c.fill(c.disc(x + side * (.42 + .03 * k) * s, y - (.1 + .12 * k) * s, .03 * s), (.8, .93, 1))


def flower(c, r, x, y, s):
    c.shade(vary(r, (.35, .62, .25)), vary(r, (.15, .4, .12)))
    petal, middle = pick(r, BRIGHT[:3] + BRIGHT[4:]), pick(r, [(.95, .8, .15), (.35, .2, .1)])
    c.fill(c.box(x - .025 * s, y, x + .025 * s, 1.01), (.1, .3, .08))
    c.fill(c.disc(x + .14 * s, y + .42 * s, .13 * s, .05 * s), (.12, .36, .1))
    n, turn = r.integers(5, 8), r.uniform(0, 6.3)
    for k in range(n):
        a = turn + 2 * np.pi * k / n
        c.fill(c.disc(x + .23 * s * np.cos(a), y - .08 * s + .23 * s * np.sin(a), .14 * s), petal * (1 - .08 * (k % 2)))
    c.fill(c.disc(x, y - .08 * s, .12 * s), middle)


def house(c, r, x, y, s):
    ground = y + .42 * s
    sky(c, r, ground - .12 * s)
    c.shade(vary(r, (.4, .68, .3)), vary(r, (.25, .5, .18)), ground - .12 * s, 1)
    wall = pick(r, [(.93, .87, .75), (.8, .45, .35), (.75, .8, .85), (.95, .8, .5)])
    c.fill(c.box(x + .18 * s, y - .45 * s, x + .29 * s, y - .1 * s), (.45, .2, .15))
    c.fill(c.box(x - .38 * s, y - .08 * s, x + .38 * s, ground), wall)
    c.fill(c.triangle((x - .48 * s, y - .06 * s), (x + .48 * s, y - .06 * s), (x, y - .48 * s)), pick(r, [(.6, .15, .1), (.35, .2, .15), (.3, .3, .38)]))
    side = 1 if r.random() < .5 else -1
    door = x + side * .2 * s
    c.fill(c.box(door - .09 * s, y + .12 * s, door + .09 * s, ground), pick(r, [(.35, .2, .1), (.15, .35, .2), (.2, .25, .5)]))
    pane = x - side * .16 * s
    c.fill(c.box(pane - .13 * s, y + .04 * s, pane + .13 * s, y + .26 * s), (.95, .95, .95))
    c.fill(c.box(pane - .1 * s, y + .07 * s, pane + .1 * s, y + .23 * s), (.4, .6, .8))


def circle(c, r, x, y, s):
    wide, rx, ry = r.uniform(.05, .09), s / 2, s / 2 * r.uniform(.9, 1.1)
    c.fill(c.disc(x, y, rx, ry), (1, 1, 1))
    c.fill(c.disc(x, y, rx - wide, ry - wide), (0, 0, 0))


def cross(c, r, x, y, s):
    half, turn = r.uniform(.025, .045), r.uniform(-.2, .2)
    for angle in (np.pi / 4 + turn, 3 * np.pi / 4 + turn):
        along = (c.x - x) * np.cos(angle) + (c.y - y) * np.sin(angle)
        across = (c.y - y) * np.cos(angle) - (c.x - x) * np.sin(angle)
        c.fill((abs(across) < half) & (abs(along) < .55 * s), (1, 1, 1))


def shape(draw, r):
    c = Canvas(40, 40)
    s = r.uniform(.4, .8)
    x, y = r.uniform(s / 2 + .05, .95 - s / 2, 2)
    draw(c, r, x, y, s)
    return (c.mean() * 255 + .5).astype(np.uint8)


def picture(draw, r):
    h, w = (int(n) for n in r.integers(36, 121, 2))
    w = int(np.clip(w, .75 * h, 1.5 * h))
    c = Canvas(h, w)
    side = min(1, w / h)
    s = side * r.uniform(.68, .88)
    free = (side - s) / 2
    draw(c, r, w / h / 2 + r.uniform(-free, free) * .8, .5 + r.uniform(-free, free) * .8, s)
    return c.pixels(r)


def write_png(path, pixels):
    h, w, _ = pixels.shape
    rows = b''.join(b'\0' + row.tobytes() for row in pixels)

    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    with open(path, 'wb') as f:
        f.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 0)) +
                chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def main():
    words = sys.argv[1:]
    shapes = '-shapes' in words
    if shapes:
        words.remove('-shapes')
    if not 1 <= len(words) <= 3 or words[0].startswith('-'):
        sys.exit(__doc__)
    per_class, seed = [int(n) for n in words[1:]] + [150 if shapes else 60, 0][len(words) - 1:]
    make = shape if shapes else picture
    for k, draw in enumerate((circle, cross) if shapes else (boat, car, flower, house, fish)):
        folder = os.path.join(words[0], draw.__name__)
        os.makedirs(folder, exist_ok=True)
        for i in range(per_class):
            write_png(os.path.join(folder, '%03d.png' % i), make(draw, np.random.default_rng([seed, k, i])))


if __name__ == '__main__':
    main()
