// engine.js - libpixelcnn in WebAssembly: draws, completes and scores images with one net. For worker.js and tests.
//
//   const net = await PixelCNN.load(module, cfg, weights);
//   const images = net.draw({n: 9, labels: [3], seed: 7, temperature: 0.8});

const BAD_DESCRIPTOR = 8; // WASI's errno of what there is not: files

// What wasi-libc asks of the system: it can tell the time and print, which is thrown away.
function makeSystem(module, memory) {
    const system = {};
    for (const needed of WebAssembly.Module.imports(module))
        if (needed.module === 'wasi_snapshot_preview1') system[needed.name] = () => BAD_DESCRIPTOR;
    system.clock_time_get = (clock, precision, at) => {
        new DataView(memory()).setBigUint64(at, BigInt(Math.round(performance.now() * 1e6)), true);
        return 0;
    };
    system.fd_write = (file, parts, n, written) => {
        const view = new DataView(memory());
        let bytes = 0;
        for (let i = 0; i < n; ++i) bytes += view.getUint32(parts + 8 * i + 4, true);
        view.setUint32(written, bytes, true);
        return 0;
    };
    system.proc_exit = status => {
        throw new Error(`the program ended with status ${status}`);
    };
    return system;
}

const GREEDY = -1; // PIXELCNN_GREEDY of library/pixelcnn.h

export class PixelCNN {
    // module: a WebAssembly.Module; cfg: text; weights: an ArrayBuffer. An error of the library is an Error with its line, after
    // which the net cannot be used any more: load it again.
    static async load(module, cfg, weights) {
        const net = new PixelCNN();
        await net.#instantiate(module);
        net.#open(cfg, weights);
        return net;
    }

    #c; // functions of library/pixelcnn.h
    #net;
    #watch = null; // of the drawing under way

    async #instantiate(module) {
        let exported = null;
        const memory = () => exported.memory.buffer;
        const text = at => {
            const bytes = new Uint8Array(memory(), at);
            return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
        };
        const page = {
            fail: line => {
                throw new Error(text(line));
            },
            row: row => this.#watch?.row(row),
            value: (image, column, colour, x) => this.#watch?.value(image, column, colour, x),
        };
        const instance = await WebAssembly.instantiate(module, {page, wasi_snapshot_preview1: makeSystem(module, memory)});
        exported = instance.exports;
        exported._initialize();
        this.#c = exported;
    }

    #open(cfg, weights) {
        this.#with([this.#copy(new TextEncoder().encode(cfg + '\0')), this.#copy(new Uint8Array(weights))], (text, content) => {
            this.#net = this.#c.pixelcnn_load_memory(text, content, weights.byteLength, 1);
        });
        for (const property of ['channels', 'height', 'width', 'levels', 'classes'])
            this[property] = this.#c[`pixelcnn_${property}`](this.#net);
        this.values = this.channels * this.height * this.width;
    }

    // Addresses of memory in the instance, and what to free.
    #room(bytes) {
        const at = this.#c.malloc(Math.max(bytes, 1));
        if (!at) throw new Error(`out of memory: ${bytes} bytes requested`);
        return at;
    }

    #copy(array) {
        if (!array) return 0;
        const at = this.#room(array.byteLength);
        new Uint8Array(this.#c.memory.buffer, at).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
        return at;
    }

    #with(addresses, use) {
        const result = use(...addresses);
        for (const at of addresses) if (at) this.#c.free(at);
        return result;
    }

    // Labels (n,K) as floats, from classes, which are repeated; null: NULL, each class in turn.
    #oneHot(classes, n) {
        if (!classes || !this.classes) return null;
        const labels = new Float32Array(n * this.classes);
        for (let i = 0; i < n; ++i) labels[i * this.classes + classes[i % classes.length]] = 1;
        return labels;
    }

    // The struct pixelcnn_draw.
    #how({seed = 0, first = 0, temperature = 1}) {
        const how = new DataView(new ArrayBuffer(32));
        how.setBigUint64(0, BigInt(seed), true);
        how.setInt32(8, first, true);
        how.setFloat64(16, temperature === 0 ? GREEDY : temperature, true);
        return new Uint8Array(how.buffer);
    }

    // Draws n images: bytes (n,C,H,W), as `pixelcnn sample -seed N` draws images first .. first + n - 1. With `given`, the bytes
    // (C,H,W) of one image, its first `rows` rows are kept in all. watch.row(row) and watch.value(image, column, colour, x from 0 to
    // 1) are called while it draws, at most 16 images at a time.
    draw({n = 1, labels = null, given = null, rows = 0, watch = null, ...how}) {
        const images = new Uint8Array(n * this.values), mask = given && new Uint8Array(this.height * this.width);
        for (let i = 0; given && i < n; ++i) images.set(given, i * this.values);
        mask?.fill(1, 0, rows * this.width);
        this.#watch = watch;
        const copies = [this.#copy(this.#oneHot(labels, n)), this.#copy(mask), this.#copy(this.#how(how)), this.#copy(images)];
        return this.#with(copies, (t, kept, request, x) => {
            if (given) this.#c.pixelcnn_complete(this.#net, n, t, kept, request, x);
            else this.#c.pixelcnn_sample(this.#net, n, t, request, x);
            this.#watch = null;
            return new Uint8Array(this.#c.memory.buffer, x, images.length).slice();
        });
    }

    // The nats of each value of an image, bytes (C,H,W), given the values before it, under each of some classes: (classes,C,H,W).
    // Without classes the net has no labels.
    nats(image, classes = null) {
        const n = classes ? classes.length : 1, images = new Uint8Array(n * this.values);
        for (let i = 0; i < n; ++i) images.set(image, i * this.values);
        const copies = [this.#copy(images), this.#copy(this.#oneHot(classes, n)), this.#room(8 * images.length)];
        return this.#with(copies, (x, t, nats) => {
            this.#c.pixelcnn_nll_values(this.#net, n, x, t, nats);
            return new Float64Array(this.#c.memory.buffer, nats, images.length).slice();
        });
    }

    // Images, bytes (n,C,H,W) of the net's levels, as the content of a .gpc file, which `pixelcnn decompress` reads, and the file
    // that `pixelcnn compress` writes of them. Without classes finds for each image the one under which it takes the fewest bytes.
    compress(images, classes = null) {
        const n = images.length / this.values, most = this.#c.pixelcnn_compress_bound(this.#net, n, 0), data = this.#room(most);
        const copies = [this.#copy(images), this.#copy(this.#oneHot(classes, n)), this.#copy(Uint32Array.of(data, most)), data];
        return this.#with(copies, (x, t, to) => {
            this.#c.pixelcnn_compress(this.#net, n, x, t, 0, to);
            const [, size] = new Uint32Array(this.#c.memory.buffer, to, 2);
            return new Uint8Array(this.#c.memory.buffer, data, size).slice();
        });
    }

    // Images first .. first + n - 1, as a rule all, of the content of a .gpc file: bytes (n,C,H,W). Blocks are decompressed as a
    // whole, and that takes as long as drawing their images.
    decompress(file, first = 0, n = null) {
        const data = this.#copy(file), copies = [this.#copy(Uint32Array.of(data, file.length)), data, this.#room(12)];
        return this.#with(copies, (from, _, found) => {
            this.#c.pixelcnn_compressed(this.#net, from, found);
            const [images] = new Int32Array(this.#c.memory.buffer, found, 1), count = n ?? images - first;
            return this.#with([this.#room(count * this.values)], x => {
                this.#c.pixelcnn_decompress(this.#net, from, first, count, x, 0);
                return new Uint8Array(this.#c.memory.buffer, x, count * this.values).slice();
            });
        });
    }
}
