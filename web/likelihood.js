// likelihood.js - what follows from the nats of each value under each class: nats (classes,C,H,W).

function joined(logs) {
    const top = Math.max(...logs);
    return top + Math.log(logs.reduce((sum, x) => sum + Math.exp(x - top), 0));
}

export class Likelihood {
    constructor(nats, {channels, height, width}) {
        Object.assign(this, {nats, channels, height, width});
        this.values = channels * height * width;
        this.classes = nats.length / this.values;
    }

    // The nats of the first rows under class k.
    of(k, rows) {
        let sum = 0;
        for (let c = 0; c < this.channels; ++c) {
            const from = k * this.values + c * this.height * this.width;
            for (let i = 0; i < rows * this.width; ++i) sum += this.nats[from + i];
        }
        return sum;
    }

    // -log p of the first rows: of a class, or for null of the mean over the classes.
    total(label, rows) {
        if (label !== null || this.classes === 1) return this.of(label ?? 0, rows);
        return Math.log(this.classes) - joined([...Array(this.classes).keys()].map(k => -this.of(k, rows)));
    }

    bitsPerDim(label, rows) {
        return this.total(label, rows) / (this.channels * rows * this.width * Math.LN2);
    }

    // p(class | the first rows), all classes being equally likely a priori.
    posterior(rows) {
        const logs = [...Array(this.classes).keys()].map(k => -this.of(k, rows)), all = joined(logs);
        return logs.map(x => Math.exp(x - all));
    }

    // The bits of each pixel (H,W), over its channels; for null under the likeliest class.
    bitsOfPixels(label) {
        const plane = this.height * this.width, p = this.posterior(this.height);
        const k = label ?? p.indexOf(Math.max(...p)), bits = new Float64Array(plane);
        for (let i = 0; i < this.values; ++i) bits[i % plane] += this.nats[k * this.values + i] / Math.LN2;
        return bits;
    }
}

// n classes drawn from probabilities; the same for the same seed (mulberry32).
export function drawClasses(p, n, seed) {
    let state = seed >>> 0;
    const uniform = () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    return Array.from({length: n}, () => {
        let left = uniform();
        const k = p.findIndex(x => (left -= x) < 0);
        return k < 0 ? p.indexOf(Math.max(...p)) : k;
    });
}
