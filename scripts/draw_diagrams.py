#!/usr/bin/env python3
"""Draws docs/model.svg and docs/rooms.svg, or both into another folder: draw_diagrams.py [FOLDER]

Needs the standard library only. Each diagram has a light background of its own, so that it reads the same on a dark
page. The folders and their order come from tests/check_rooms.py. scripts/check_docs.sh compares.
"""
import ast
import os
import re
import sys

INK, GREY, CARD = "#1f2328", "#59636e", "#fbfcfd"
BLUE, GREEN, AMBER, ROSE, PLAIN = "#d6e8fb", "#d5f0dc", "#fbe9c6", "#f8dadd", "#eceff2"
EDGE = {BLUE: "#3b7cc4", GREEN: "#3a8f55", AMBER: "#b7862a", ROSE: "#b9505c", PLAIN: "#8b949e"}

ROOM_TEXT = {
    "base": "errors, memory, threads, random numbers, atomic files, JSON, CSV",
    "layers/math": "convolution, gate, matrix kernels on plain arrays",
    "layers": "one set of files per layer: make, forward, backward, update",
    "pixelcnn/net": "from a cfg to a net, from a net to a file",
    "pixelcnn/pictures": "from PNG and JPEG to pixels and back",
    "pixelcnn/data": "a folder to rows of numbers, rows to their likelihood",
    "pixelcnn/sample": "draws images, pixel by pixel",
    "pixelcnn/train": "gradient, update, checkpoint",
    "pixelcnn/check": "what a pixel sees; leaks",
    "pixelcnn/codec": "images to few bytes and back",
    "pixelcnn/watch": "log, chart, report",
    "library": "libpixelcnn: C and Python",
    "host": "Darknet's symbols, replaced",
    "pixelcnn/commands": "reads argv, calls what is below",
    "web": "the library as a page in the browser",
}


class Svg:
    def __init__(self, width, height, title):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, sans-serif" role="img">',
            f"<title>{title}</title>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{GREY}"/></marker></defs>',
            f'<rect width="{width}" height="{height}" rx="10" fill="{CARD}"/>',
        ]

    def text(self, x, y, words, size=13, colour=INK, anchor="middle", weight="normal"):
        words = words.replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append(f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
                          f'font-weight="{weight}">{words}</text>')

    def box(self, x, y, w, h, fill, lines, dashed=False):
        dash = ' stroke-dasharray="5 3"' if dashed else ""
        self.parts.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6" fill="{fill}" '
                          f'stroke="{EDGE[fill]}" stroke-width="1.5"{dash}/>')
        top = y + h / 2 - 8 * (len(lines) - 1) + 4.5
        for i, line in enumerate(lines):
            self.text(x + w / 2, top + 16 * i, line, 14 if i == 0 else 12, INK if i == 0 else GREY,
                      weight="bold" if i == 0 else "normal")

    def arrow(self, points, dashed=False, tip=True):
        path = "M" + " L".join(f"{x},{y}" for x, y in points)
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        end = ' marker-end="url(#tip)"' if tip else ""
        self.parts.append(f'<path d="{path}" fill="none" stroke="{GREY}" stroke-width="1.6"{dash}{end}/>')

    def grid(self, x, y, seen, caption):
        """Five rows of seven pixels, the current one in the middle; seen(row, column) relative to it gives a colour."""
        for r in range(-2, 3):
            for c in range(-3, 4):
                self.parts.append(f'<rect x="{x + 13 * (c + 3)}" y="{y + 13 * (r + 2)}" width="12" height="12" '
                                  f'fill="{ROSE if r == c == 0 else seen(r, c)}" stroke="#c9d1d9" stroke-width="0.7"/>')
        self.parts.append(f'<rect x="{x + 39}" y="{y + 26}" width="12" height="12" fill="none" '
                          f'stroke="{EDGE[ROSE]}" stroke-width="1.6"/>')
        for i, line in enumerate(caption):
            self.text(x + 103, y + 22 + 16 * i, line, 13 if i == 0 else 12, INK if i == 0 else GREY, "start",
                      "bold" if i == 0 else "normal")

    def write(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(self.parts + ["</svg>\n"]))


def draw_model(path):
    s = Svg(960, 500, "A Gated PixelCNN: two stacks, link, skip sum, head and softmax")
    columns, wide = [190, 380, 620], 150
    top, low, skip = 60, 180, 300
    s.text(columns[0], 44, "vertical stack: the rows above", 13, GREY, "start")
    s.text(columns[0], low + 72, "horizontal stack:", 13, GREY, "start")
    s.text(columns[0], low + 88, "the row's left part", 13, GREY, "start")
    s.box(20, 105, 110, 50, PLAIN, ["image", "or its features"])
    for y in (top + 20, low + 20):
        s.arrow([(130, 130), (150, 130), (150, y), (columns[0], y)])
    s.box(20, skip - 6, 130, 50, PLAIN, ["[label_embed]", "h, to every gate"])
    s.arrow([(75, skip - 6), (75, low + 40), (columns[0], low + 40)], dashed=True)
    s.arrow([(168, low + 40), (168, top + 40), (columns[0], top + 40)], dashed=True)
    for i, x in enumerate(columns):
        s.box(x, top, wide, 52, BLUE, ["[gated_vstack]", "tanh · sigmoid"])
        s.box(x, low, wide, 52, GREEN, ["[gated_hstack]", "mask a, no residual" if i == 0 else "mask b, residual"])
        s.arrow([(x + 45, top + 52), (x + 45, low)])
        s.arrow([(x + 120, low + 52), (x + 120, skip)])
        for y in (top + 26, low + 26) if i < 2 else ():
            if i == 0:
                s.arrow([(x + wide, y), (columns[1], y)])
            else:
                s.arrow([(x + wide, y), (x + wide + 22, y)], tip=False)
                s.text(x + wide + 45, y + 5, ". . .", 16, GREY)
                s.arrow([(x + wide + 68, y), (columns[2], y)])
    s.text(columns[0] + 53, 142, "link: 1x1, down one row", 12, GREY, "start")
    s.text(columns[1] + 53, 142, "link", 12, GREY, "start")
    s.text(columns[2] + 53, 142, "link", 12, GREY, "start")
    s.text(columns[0] + 128, skip - 12, "skip", 12, GREY, "start")
    s.box(columns[0], skip, columns[2] + wide - columns[0], 38, AMBER, ["[skip_sum]"])
    s.arrow([(columns[2] + wide, skip + 19), (865, skip + 19), (865, low + 52)])
    s.box(795, low, 140, 52, AMBER, ["[convolutional]", "1x1, the head"])
    s.arrow([(865, low), (865, top + 52)])
    s.box(795, top, 140, 52, ROSE, ["[pixel_softmax]", "p of each level"])
    s.text(30, 386, "What a feature at the red pixel has seen:", 13, INK, "start", "bold")
    s.grid(30, 404, lambda r, c: BLUE if r <= 0 else "#ffffff", ["vertical", "rows to its own,", "both sides"])
    s.grid(265, 404, lambda r, c: BLUE if r < 0 else "#ffffff", ["after the link", "the rows above,", "both sides"])
    s.grid(500, 404, lambda r, c: GREEN if r == 0 and c < 0 else "#ffffff", ["horizontal", "its row,", "left of it"])
    s.grid(735, 404, lambda r, c: BLUE if r < 0 else GREEN if r == 0 and c < 0 else "#ffffff",
           ["prediction", "all that was", "drawn before"])
    s.write(path)


def rooms():
    with open("tests/check_rooms.py", encoding="utf-8") as f:
        return ast.literal_eval(re.search(r"^ROOMS = (\[.*?^\])", f.read(), re.M | re.S).group(1))


def draw_rooms(path):
    rows = rooms()
    fill = {"base": PLAIN, "layers/math": BLUE, "layers": BLUE, "library": AMBER, "host": PLAIN}
    s = Svg(960, 60 * len(rows) + 70, "The folders of the source and their order")
    s.text(30, 32, "An include points down, never up or sideways.", 14, INK, "start", "bold")
    for i, row in enumerate(reversed(rows)):
        wide = (900 - 15 * (len(row) - 1)) / len(row)
        for k, room in enumerate(row):
            colour = fill.get(room, AMBER if room in ("pixelcnn/commands", "web") else GREEN)
            s.box(round(30 + k * (wide + 15), 1), 50 + 60 * i, round(wide, 1), 46, colour,
                  [room + "/", ROOM_TEXT[room]], dashed=room == "host")
        if i + 1 < len(rows):
            s.arrow([(480, 96 + 60 * i), (480, 109 + 60 * i)])
    s.text(30, 60 * len(rows) + 57, "host/ is included by nothing: the linker takes its functions in place of Darknet's.",
           12, GREY, "start")
    s.write(path)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    folder = sys.argv[1] if len(sys.argv) > 1 else "docs"
    draw_model(os.path.join(folder, "model.svg"))
    draw_rooms(os.path.join(folder, "rooms.svg"))


main()
