// picture.js - pictures on canvases, pixels that appear, and a brush.

// Bytes (C,H,W) on a canvas of W x H pixels; what is not drawn yet is transparent.
export class Picture {
    constructor(canvas, {channels, height, width}) {
        Object.assign(this, {canvas, channels, height, width});
        canvas.width = width;
        canvas.height = height;
        this.context = canvas.getContext('2d');
        this.data = this.context.createImageData(width, height);
    }

    clear() {
        this.data.data.fill(0);
        this.show();
    }

    show() {
        this.context.putImageData(this.data, 0, 0);
    }

    // Pixels from .. end-1 in raster order; value(channel, pixel) is a byte.
    put(from, end, value) {
        const to = this.data.data;
        for (let pixel = from; pixel < end; ++pixel) {
            for (let c = 0; c < 3; ++c) to[4 * pixel + c] = value(this.channels === 3 ? c : 0, pixel);
            to[4 * pixel + 3] = 255;
        }
    }

    putImage(bytes) {
        const plane = this.height * this.width;
        this.put(0, plane, (c, pixel) => bytes[c * plane + pixel]);
        this.show();
    }

    // Bits of each pixel (H,W) as a glow over the picture; at `most` it hides what is below.
    putHeat(bits, most) {
        bits.forEach((b, pixel) => {
            const t = Math.min(1, b / most);
            this.data.data.set([255, 70 + 150 * (1 - t), 40, 230 * Math.sqrt(t)], 4 * pixel);
        });
        this.show();
    }
}

// Shows the rows that a net draws as pixels that appear one by one, no sooner than they come.
export class Reveal {
    #pictures;
    #shape;
    #values; // (n,C,H,W)
    #shown; // pixels of each picture
    #come;
    #began = performance.now();
    #seconds;
    #progress;

    // The first `from` pixels are given and appear at once; a whole picture takes `seconds`, or as long as it is drawn.
    constructor(pictures, shape, {from = 0, seconds = 0, progress = () => {}}) {
        this.#pictures = pictures;
        this.#shape = shape;
        this.#values = new Uint8Array(pictures.length * shape.channels * shape.height * shape.width);
        this.#shown = 0;
        this.#come = 0;
        this.#seconds = seconds;
        this.#progress = progress;
        this.#began -= (1000 * seconds * from) / (shape.height * shape.width);
        for (const picture of pictures) picture.clear();
        progress(from / (shape.height * shape.width));
        this.done = new Promise(resolve => (this.finish = resolve));
        requestAnimationFrame(() => this.#frame());
    }

    add({row, values}) {
        const {channels, height, width} = this.#shape;
        for (let at = 0; at < this.#pictures.length * channels; ++at)
            this.#values.set(values.subarray(at * width, (at + 1) * width), (at * height + row) * width);
        this.#come = (row + 1) * width;
    }

    cancel() {
        this.cancelled = true;
        this.finish();
    }

    #frame() {
        const {channels, height, width} = this.#shape, plane = height * width;
        if (this.cancelled) return;
        const due = this.#seconds ? Math.floor(((performance.now() - this.#began) / (1000 * this.#seconds)) * plane) : plane;
        const until = Math.min(this.#come, due);
        this.#pictures.forEach((picture, i) => {
            picture.put(this.#shown, until, (c, pixel) => this.#values[(i * channels + c) * plane + pixel]);
            picture.show();
        });
        this.#shown = Math.max(this.#shown, until);
        this.#progress(this.#shown / plane);
        if (this.#shown === plane) this.finish();
        else requestAnimationFrame(() => this.#frame());
    }
}

// The distance of a point from a line from a to b.
function distance(x, y, a, b) {
    const dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    const t = length ? Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / length)) : 0;
    return Math.hypot(x - a.x - t * dx, y - a.y - t * dy);
}

// A white stroke from a to b, in pixels, into bytes (C,H,W): as wide as a digit's of MNIST at 28 x 28, with a soft edge.
export function stroke(bytes, {height, width}, a, b) {
    const radius = Math.max(height, width) / 28;
    for (let i = 0; i < bytes.length; ++i) {
        const pixel = i % (height * width), y = Math.floor(pixel / width) + 0.5, x = (pixel % width) + 0.5;
        const ink = Math.max(0, Math.min(1, 1.6 - distance(x, y, a, b) / radius));
        bytes[i] = Math.max(bytes[i], Math.round(255 * ink));
    }
}
