#!/usr/bin/env python3
"""The page in the browser, driven in headless Chromium beside libpixelcnn: check_page.py [OPTIONS]. Prints TAP.
The net that ships is loaded and draws; the rest of the page is tested with a tiny net, which takes less of a
slow machine's time. SOAK=1: all of it with the net that ships.

    --seeds N     of how many seeds pictures are compared with the library's (3; with SOAK in the environment 200)
    --pictures DIR  screenshots: drawn, half drawn by hand, completed; dark, on a phone

It needs make web and make library.
"""
import argparse
import functools
import http.server
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading

import numpy as np

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(TOP, "python"), os.path.join(TOP, "tests")]
from browser import Browser, Failure  # noqa: E402
from pixelcnn import PixelCNN  # noqa: E402

WEB = os.path.join(TOP, "build/web")
ROWS = 14
SEEDS = 3
# A stroke that could be the upper half of several digits, as shares of the canvas.
ARC = [(0.32, 0.35), (0.40, 0.24), (0.52, 0.20), (0.63, 0.26), (0.66, 0.35), (0.60, 0.42)]

# The head of a nine.
LOOP = [(0.5 + 0.15 * math.cos(t / 8), 0.31 - 0.12 * math.sin(t / 8)) for t in range(52)] + [(0.64, 0.44)]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *message):
        pass


TINY = """[net]
batch=10
height=28
width=28
adam=1
learning_rate=0.02
max_batches=12
[label_embed]
classes=10
size=4
[gated_vstack]
filters=6
size=7
[gated_hstack]
filters=6
size=7
mask=a
[skip_sum]
filters=6
activation=relu
[convolutional]
filters=4
activation=linear
[pixel_softmax]
levels=4
"""


def make_tiny_site(folder):
    """The page with a net that learned for a second to draw noise, as files in folder."""
    random, n = np.random.default_rng(4), 60
    pixels, labels = random.integers(0, 256, (n, 28, 28), np.uint8), np.arange(n, dtype=np.uint8) % 10
    data, backup, cfg = (os.path.join(folder, name) for name in ("data", "backup", "net.cfg"))
    shutil.copytree(WEB, folder, dirs_exist_ok=True)
    os.mkdir(data)
    for split in ("train", "t10k"):
        for name, a in (("images-idx3", pixels), ("labels-idx1", labels)):
            with open(f"{data}/{split}-{name}-ubyte", "wb") as file:
                file.write(struct.pack(f">I{a.ndim}I", 0x800 + a.ndim, *a.shape) + a.tobytes())
    with open(cfg, "w") as file:
        file.write(TINY)
    train = [os.path.join(TOP, "build/cpu/darknet"), "pixelcnn", "train", cfg, data, "-backup", backup, "-report", "none"]
    subprocess.run(train, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.copy(f"{backup}/net_final.weights", f"{folder}/net.weights")


def serve(folder=WEB):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def ready(page, seconds=120):
    page.wait("document.body?.dataset.state == 'ready'", seconds)


def bytes_of(page, selector):
    """The picture on a canvas, (H,W), and which of its pixels are drawn."""
    width, height, data = page.run(
        f"(c => [c.width, c.height, [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]])"
        f"(document.querySelector({selector!r}))")
    rgba = np.array(data, np.uint8).reshape(height, width, 4)
    return rgba[..., 0], rgba[..., 3] == 255


def shown(page):
    others = page.run("document.querySelectorAll('#others canvas').length")
    selectors = ["#picture"] + [f"#others button:nth-child({i + 1}) canvas" for i in range(others)]
    return np.stack([bytes_of(page, s)[0] for s in selectors])[:, None]


def text(page, selector):
    return page.run(f"document.querySelector({selector!r}).textContent")


def same_bits(page, selector, expected):
    said = text(page, selector)
    assert said.endswith(" bits/dim") and abs(float(said.split()[0]) - expected) < 0.0011, (said, expected)


def choose(page, label, seed, temperature=1, pace=0):
    page.click(f"#label input[value='{label}']")
    page.set("#seed", str(seed))
    page.set("#temperature", str(temperature))
    page.set("#pace", str(pace))


# ---- tests: each gets the page and the net of the library, and fails by an exception ----


def test_loads(page, net):
    ready(page)
    assert text(page, "#message") == f"a net for {net.width} x {net.height} pixels of {net.levels} levels"
    assert page.run("document.querySelectorAll('#label input').length") == net.classes + 1


def test_draws_what_the_library_draws(page, net):
    choose(page, 3, 7)
    page.click("#draw")
    ready(page)
    expected = net.sample(9, label=3, seed=7)
    assert (shown(page) == expected).all(), "other pictures than the library's"
    assert "-label 3 -seed 7 -n 9" in text(page, "#command")
    same_bits(page, "#bits-all", net.bits_per_dim(expected[:1], label=3)[0])


def test_temperature_and_any_label(page, net):
    choose(page, "any", 1, 0.5)
    page.click("#draw")
    ready(page)
    assert (shown(page) == net.sample(9, label=list(range(9)), seed=1, temperature=0.5)).all()
    same_bits(page, "#bits-all", net.bits_per_dim(shown(page)[:1])[0])
    choose(page, 3, 1, 0)
    page.click("#draw")
    ready(page)
    assert (shown(page) == net.sample(9, label=3, temperature=0)).all(), "temperature 0"


def test_pixels_appear_one_by_one(page, net):
    choose(page, 3, 7, pace=2)
    page.run("""watched = (async () => {
        const alpha = () => [...document.querySelector('#picture').getContext('2d').getImageData(0, 0, 28, 28).data]
            .filter((_, i) => i % 4 === 3);
        while (document.querySelector('#progress').value !== 0) await new Promise(requestAnimationFrame);
        for (const seen = []; ; await new Promise(requestAnimationFrame)) {
            seen.push(alpha());
            if (document.querySelector('#progress').value > 0.5) return seen;
        }
    })(), null""")
    page.click("#draw")
    seen = np.array(page.run("watched")) == 255
    assert (np.diff(seen.astype(int), axis=1) <= 0).all(), "not in raster order"
    shares = [s.mean() for s in seen]
    assert any(0 < s < 1 for s in shares) and shares == sorted(shares), f"not one by one: {shares}"
    ready(page)


def test_stops_and_goes_on(page, net):
    choose(page, 3, 7, pace=6)
    page.click("#draw")
    page.wait("document.body.dataset.state == 'working'")
    page.click("#stop")
    assert text(page, "#message") == "stopped"
    choose(page, 3, 8)
    page.click("#draw")
    ready(page)
    assert (shown(page) == net.sample(9, label=3, seed=8)).all()


def draw_by_hand(page, path=ARC):
    page.click("#clear")
    page.drag("#picture", path)
    ready(page)
    return bytes_of(page, "#picture")[0]


def test_scores_what_is_drawn(page, net):
    choose(page, 9, 5)
    mine = draw_by_hand(page)
    assert mine[:ROWS].any() and not mine[ROWS:].any()
    same_bits(page, "#bits-all", net.bits_per_dim(mine[None, None], label=9)[0])
    shares = page.run("[...document.querySelectorAll('#bars meter')].map(m => m.value)")
    assert len(shares) == net.classes and abs(sum(shares) - 1) < 1e-6, shares
    page.click("#show-heat")
    assert page.run("[...document.querySelector('#heat').getContext('2d').getImageData(0, 0, 28, 28).data].some(x => x > 200)")
    page.click("#show-heat")
    assert page.run("document.querySelector('#heat').hidden")


def test_completes_it(page, net):
    choose(page, 9, 5)
    mine = draw_by_hand(page)
    page.click("#complete")
    ready(page)
    mask = np.zeros(mine.shape, bool)
    mask[:ROWS] = True
    expected = net.complete(np.repeat(mine[None, None], 9, 0), mask, label=9, seed=5)
    assert (shown(page) == expected).all(), "other completions than the library's"
    assert (expected[:, :, ROWS:] > 0).any()
    assert " drawing.png -rows 14 -label 9 -seed 5 -n 9" in text(page, "#command")
    saved = page.run("""new Promise(resolve => {
        const image = new Image();
        image.onload = () => {
            const context = Object.assign(document.createElement('canvas'), {width: 28, height: 28}).getContext('2d');
            context.drawImage(image, 0, 0);
            resolve([...context.getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0));
        };
        image.src = document.querySelector('#save').href;
    })""")
    assert saved == mine.ravel().tolist(), "another drawing is saved"


def test_of_any_label(page, net):
    choose(page, "any", 5)
    mine = draw_by_hand(page)
    page.click("#complete")
    ready(page)
    kept = (mine[:ROWS].astype(int) * net.levels // 256 * 255 / (net.levels - 1)).round()
    assert (shown(page)[:, 0, :ROWS] == kept).all(), "the upper rows changed"


def load_engine(page):
    """The page's own engine with its net, as `net` in the page."""
    page.run("""(async () => {
        const {PixelCNN} = await import('./engine.js');
        const module = await WebAssembly.compile(await (await fetch('pixelcnn.wasm')).arrayBuffer());
        globalThis.net = await PixelCNN.load(module, await (await fetch('net.cfg')).text(),
            await (await fetch('net.weights')).arrayBuffer());
    })()""")


def test_draws_the_pictures_of_many_seeds(page, net):
    """One picture per seed, labels in turn."""
    load_engine(page)
    different, milliseconds = [], []
    for seed in range(SEEDS):
        label = seed % net.classes if net.classes else None
        values, took = page.run(f"(t => [[...net.draw({{n: 1, seed: {seed}, labels: {'null' if label is None else [label]}}})], "
                                "performance.now() - t])(performance.now())")
        milliseconds.append(took)
        if (np.array(values, np.uint8) != net.sample(1, label=label, seed=seed).ravel()).any():
            different.append(seed)
    print(f"# {SEEDS} seeds, {np.median(milliseconds):.0f} ms a picture in the browser (median)")
    assert not different, f"other pictures than the library's of seeds {different}"


def test_compresses_what_the_library_reads(page, net):
    """The same file; and each decompresses the other's."""
    load_engine(page)
    labels = [3, 1] if net.classes else None
    images = net.sample(2, label=labels, seed=2)
    expected = net.compress(images, label=labels)
    made = page.run(f"[...net.compress(Uint8Array.from({images.ravel().tolist()}), {labels or 'null'})]")
    assert bytes(made) == expected, "another file than the library's"
    back = page.run(f"[...net.decompress(Uint8Array.from({list(expected)}))]")
    assert back == images.ravel().tolist(), "other images than were compressed"
    said = page.run(f"(() => {{ try {{ net.decompress(Uint8Array.from({list(expected[:-3])})) }} catch (e) {{ return e.message }} }})()")
    assert "truncated" in said, said


def test_errors_are_said(page, net):
    said = page.run("""(async () => {
        const {PixelCNN} = await import('./engine.js');
        const module = await WebAssembly.compile(await (await fetch('pixelcnn.wasm')).arrayBuffer());
        const cfg = await (await fetch('net.cfg')).text(), weights = await (await fetch('net.weights')).arrayBuffer();
        const line = (...files) => PixelCNN.load(module, ...files).then(() => 'loaded', error => error.message);
        return [await line(cfg, weights.slice(0, -4)), await line(cfg.replace('size=7', 'size=8'), weights),
            await line(cfg, weights)];
    })()""")
    assert said[0].startswith("weights: ") and "truncated" in said[0] or "bytes" in said[0], said
    assert said[1].startswith("cfg:") and "size=8" in said[1], said
    assert said[2] == "loaded", said


def test_fits_a_phone(page, net):
    page.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    wide = page.run("[document.documentElement.scrollWidth, innerWidth]")
    small = page.run("[...document.querySelectorAll('button, select, #seed')].filter(b => b.getBoundingClientRect().height < 30)"
                     ".map(b => b.id)")
    page.call("Emulation.clearDeviceMetricsOverride")
    assert wide[0] <= wide[1], wide
    assert not [s for s in small if s], small


def test_follows_the_system_into_the_dark(page, net):
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    dark = page.run("getComputedStyle(document.body).backgroundColor")
    page.call("Emulation.setEmulatedMedia", features=[])
    light = page.run("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(22, 24, 29)" and light == "rgb(255, 255, 255)", (dark, light)


OF_THE_NET = [test_loads, test_draws_what_the_library_draws, test_draws_the_pictures_of_many_seeds]
OF_THE_PAGE = [test_temperature_and_any_label, test_pixels_appear_one_by_one, test_stops_and_goes_on, test_scores_what_is_drawn,
               test_completes_it, test_of_any_label, test_errors_are_said, test_compresses_what_the_library_reads, test_fits_a_phone,
               test_follows_the_system_into_the_dark]


def run_tests(browser, page, net):
    """How many failed."""
    print(f"1..{len(OF_THE_NET + OF_THE_PAGE) + 1}")
    failed = sum(not passes(i + 1, test, page, net) for i, test in enumerate(OF_THE_NET))
    with tempfile.TemporaryDirectory() as folder:
        if not os.environ.get("SOAK"):
            make_tiny_site(folder)
            page, net = browser.open(serve(folder)), PixelCNN(f"{folder}/net.cfg", f"{folder}/net.weights")
            ready(page)
        failed += sum(not passes(len(OF_THE_NET) + i + 1, test, page, net) for i, test in enumerate(OF_THE_PAGE))
    print("".join(f"# {c}\n" for c in browser.complaints) +
          f"{'not ok' if browser.complaints else 'ok'} {len(OF_THE_NET + OF_THE_PAGE) + 1} - no errors")
    return failed + bool(browser.complaints)


def passes(number, test, page, net):
    name = test.__name__[5:].replace("_", " ")
    try:
        test(page, net)
    except (AssertionError, Failure) as error:
        print(f"# {error}\nnot ok {number} - {name}", flush=True)
        return False
    print(f"ok {number} - {name}", flush=True)
    return True


def take_pictures(page, folder):
    os.makedirs(folder, exist_ok=True)
    ready(page)
    choose(page, 3, 7)
    page.click("#draw")
    ready(page)
    page.picture(f"{folder}/drawn.png")
    choose(page, 9, 5)
    draw_by_hand(page, LOOP)
    page.picture(f"{folder}/by_hand.png")
    page.set("#pace", "2")
    page.click("#complete")
    page.wait("document.querySelector('#progress').value > 0.7")
    page.picture(f"{folder}/half.png")
    ready(page)
    page.picture(f"{folder}/completed.png")
    page.click("#show-heat")
    page.picture(f"{folder}/surprise.png")
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    page.picture(f"{folder}/dark.png")
    page.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    page.picture(f"{folder}/phone.png")
    return 0


def main():
    global SEEDS
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, default=200 if os.environ.get("SOAK") else 3)
    options.add_argument("--pictures")
    options = options.parse_args()
    SEEDS = options.seeds
    net = PixelCNN(f"{WEB}/net.cfg", f"{WEB}/net.weights")
    with tempfile.TemporaryDirectory() as folder, Browser(folder) as browser:
        page = browser.open(serve())
        if options.pictures:
            return take_pictures(page, options.pictures)
        return run_tests(browser, page, net)


sys.exit(main())
