// net.js - the worker as the page uses it: one question at a time, the newest wins.

async function fetchBytes(url, progress) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
    const total = Number(response.headers.get('Content-Length')) || 0, parts = [];
    let got = 0;
    for (const reader = response.body.getReader(); ;) {
        const {done, value} = await reader.read();
        if (done) break;
        parts.push(value);
        got += value.length;
        progress(got, total);
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
}

export class Net {
    #files;
    #worker = null;
    #ready = null; // of the worker
    #question = null; // {id, listen, fail} that it works on
    #ids = 0;

    // Fetches program, cfg, weights and the names of its classes, which may be none. progress(bytes, of all) is called on the way.
    static async fetch(progress) {
        const net = new Net();
        const text = bytes => new TextDecoder().decode(bytes);
        const [code, cfg, names, weights] = await Promise.all(
            ['pixelcnn.wasm', 'net.cfg', 'net.names', 'net.weights'].map((file, i) => fetchBytes(file, i === 3 ? progress : () => {})));
        net.#files = {module: await WebAssembly.compile(code), cfg: text(cfg), weights: weights.buffer};
        net.names = text(names).split('\n').filter(name => name);
        Object.assign(net, (await net.#start()).ready);
        return net;
    }

    #start() {
        this.#worker?.terminate();
        this.#worker = new Worker('worker.js', {type: 'module'});
        this.#ready = new Promise((resolve, reject) => {
            this.#worker.onmessage = ({data}) => (data.ready ? resolve(data) : reject(new Error(data.error)));
            this.#worker.onerror = event => reject(new Error(event.message || 'the worker cannot be started'));
        });
        this.#worker.postMessage({load: this.#files});
        return this.#ready;
    }

    // Ends the question under way; whoever asked gets no answer.
    stop() {
        if (!this.#question) return;
        this.#question = null;
        this.#start();
    }

    // listen(message) gets the worker's messages until it returns true.
    async #ask(message, listen) {
        this.stop();
        const id = ++this.#ids;
        return new Promise((resolve, reject) => {
            this.#question = {id};
            const hear = ({data}) => {
                if (this.#question?.id !== id || (data.id !== undefined && data.id !== id)) return;
                if (!data.error && !listen(data)) return;
                this.#question = null;
                if (data.error) this.#start();
                if (data.error) reject(new Error(data.error));
                else resolve(data);
            };
            this.#ready.then(() => {
                if (this.#question?.id !== id) return;
                this.#worker.onmessage = hear;
                this.#worker.postMessage({...message, id});
            }, reject);
        });
    }

    // Draws as PixelCNN.draw does (engine.js); rows come to listen as {row, values (n,C,W)}. Resolves to the images (n,C,H,W).
    async draw(request, listen) {
        const said = await this.#ask({draw: request}, data => {
            if (data.values) listen(data);
            return data.images !== undefined;
        });
        return said.images;
    }

    // The nats of each value under each class, (classes,C,H,W).
    async score(image) {
        return (await this.#ask({score: image}, data => data.nats !== undefined)).nats;
    }
}
