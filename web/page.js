// page.js - the page: the controls, the picture, and the figures below it.

import {Net} from './net.js';
import {Picture, Reveal, stroke} from './picture.js';
import {Likelihood, drawClasses} from './likelihood.js';

const OTHERS = 8; // further pictures of the same request
const HOTTEST = 5; // bits at which the surprise hides a pixel

const at = id => document.getElementById(id);
let net, large, heat, others, reveal = null;
let image; // bytes (C,H,W) of the large picture
let drawing = null; // what was drawn by hand, to complete
let likelihood = null; // of the image
let otherImages = [];

// ---- the controls ----

const chosenLabel = () => {
    const chosen = document.querySelector('#label :checked')?.value;
    return chosen === undefined || chosen === 'any' ? null : Number(chosen);
};
const nameOf = k => net.names[k] ?? String(k);
const chosenRows = () => Number(at('rows').value);
const chosenSeed = () => Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, Math.floor(Number(at('seed').value) || 0)));
const chosenTemperature = () => Number(at('temperature').value);

function makeLabels() {
    const choice = (value, text, checked) => {
        const label = document.createElement('label'), input = document.createElement('input');
        Object.assign(input, {type: 'radio', name: 'label', value, checked});
        label.append(input, text);
        return label;
    };
    at('label').append(...Array.from({length: net.classes}, (_, k) => choice(k, nameOf(k), k === 3)), choice('any', 'any', false));
    at('labels').hidden = !net.classes;
    at('label').oninput = showLikelihood;
}

// ---- states ----

function say(state, message) {
    document.body.dataset.state = state;
    at('message').textContent = message;
    for (const id of ['draw', 'complete', 'clear']) at(id).disabled = state === 'loading';
    at('complete').disabled ||= !drawing;
    at('stop').disabled = state !== 'working';
}

// Runs a job; errors of the net are exceptions.
async function run(message, job) {
    reveal?.cancel();
    say('working', message);
    try {
        const said = await job();
        if (said !== undefined) say('ready', said);
    } catch (error) {
        say('failed', error.message);
    }
}

function stop() {
    net.stop();
    reveal?.cancel();
    say('ready', 'stopped');
}

// ---- drawing ----

function showCommand(labels, completes) {
    const temperature = chosenTemperature();
    const options = (labels ? ` -label ${labels.every(k => k === labels[0]) ? labels[0] : labels.join(',')}` : '') +
        (temperature === 1 ? '' : ` -temp ${temperature}`) + ` -seed ${chosenSeed()} -n ${1 + OTHERS}`;
    const name = document.body.dataset.net;
    at('command').textContent = completes
        ? `./darknet pixelcnn complete ${name} drawing.png -rows ${chosenRows()}${options}`
        : `./darknet pixelcnn sample ${name}${options}`;
    at('command').parentElement.hidden = false;
    at('save').hidden = !completes;
    if (completes) at('save').href = large.canvas.toDataURL();
}

// Draws the large picture and the others in one request; given pixels appear at once.
async function drawPictures(labels, given) {
    const rows = given ? chosenRows() : 0, n = 1 + OTHERS, began = performance.now();
    const request = {n, labels, seed: chosenSeed(), temperature: chosenTemperature(), given, rows};
    if (given) large.putImage(given);
    showCommand(labels, given);
    const appear = new Reveal([large, ...others], net, {
        from: rows * net.width,
        seconds: Number(at('pace').value),
        progress: x => (at('progress').value = x),
    });
    reveal = appear;
    at('border').hidden = !given;
    at('hint').hidden = true;
    forgetLikelihood();
    const images = await net.draw(request, row => appear.add(row)), seconds = (performance.now() - began) / 1000;
    await appear.done;
    if (appear.cancelled) return undefined;
    otherImages = others.map((_, i) => images.slice((i + 1) * image.length, (i + 2) * image.length));
    image = images.slice(0, image.length);
    large.putImage(image);
    return `${n} pictures in ${seconds.toFixed(2)} s`;
}

function inTurn() {
    return net.classes ? Array.from({length: 1 + OTHERS}, (_, i) => i % net.classes) : null;
}

const draw = () =>
    run('drawing', async () => {
        const label = chosenLabel();
        const said = await drawPictures(label === null ? inTurn() : [label], null);
        if (said !== undefined) await score();
        return said;
    });

// For the label `any`: draws labels from those that the upper rows leave likely.
async function labelsOf(bytes) {
    const label = chosenLabel();
    if (!net.classes) return null;
    if (label !== null) return [label];
    const known = image === drawing && likelihood ? likelihood : new Likelihood(await net.score(bytes), net);
    return drawClasses(known.posterior(chosenRows()), 1 + OTHERS, chosenSeed());
}

const complete = () =>
    run('completing', async () => {
        const said = await drawPictures(await labelsOf(drawing), drawing);
        if (said !== undefined) await score();
        return said;
    });

// ---- the figures ----

function forgetLikelihood() {
    likelihood = null;
    showLikelihood();
}

async function score() {
    likelihood = new Likelihood(await net.score(image), net);
    showLikelihood();
}

function showBars(rows) {
    at('guess').hidden = !likelihood || likelihood.classes < 2;
    if (at('guess').hidden) return;
    at('bars').replaceChildren(...likelihood.posterior(rows).map((p, k) => {
        const row = document.createElement('div'), meter = document.createElement('meter');
        const [name, share] = [nameOf(k), `${(100 * p).toFixed(p > 0.995 ? 0 : 1)} %`].map(text => {
            const span = document.createElement('span');
            span.textContent = text;
            return span;
        });
        meter.value = p;
        row.append(name, meter, share);
        return row;
    }));
}

// Only the rows that will be kept count while the rest is empty.
function countingRows() {
    const rows = chosenRows(), plane = net.height * net.width;
    const below = image.some((byte, i) => byte && i % plane >= rows * net.width);
    return image === drawing && !below ? rows : net.height;
}

function showLikelihood() {
    const label = chosenLabel(), text = rows => (likelihood ? `${likelihood.bitsPerDim(label, rows).toFixed(3)} bits/dim` : '–');
    at('bits-given').textContent = text(chosenRows());
    at('bits-all').textContent = text(net.height);
    at('show-heat').disabled = !likelihood;
    at('heat').hidden = !likelihood || !at('show-heat').checked;
    if (!at('heat').hidden) heat.putHeat(likelihood.bitsOfPixels(label), HOTTEST);
    showBars(countingRows());
}

// ---- drawing by hand ----

function showRows() {
    at('rows-is').textContent = chosenRows();
    at('border').style.top = `${(100 * chosenRows()) / net.height}%`;
    at('border').hidden = false;
    showLikelihood();
}

function clear() {
    net.stop();
    reveal?.cancel();
    image = new Uint8Array(image.length);
    drawing = null;
    large.clear();
    for (const picture of others) picture.clear();
    otherImages = [];
    at('hint').hidden = false;
    at('progress').value = 0;
    at('command').parentElement.hidden = true;
    forgetLikelihood();
    say('ready', '');
}

function beginDrawing() {
    net.stop();
    reveal?.cancel();
    if (image !== drawing) image = new Uint8Array(image.length);
    drawing = image;
    at('hint').hidden = true;
    at('border').hidden = false;
    forgetLikelihood();
    say('ready', 'drawn by hand');
}

function listenToPointer(canvas) {
    let last = null;
    const place = event => {
        const box = canvas.getBoundingClientRect();
        return {x: ((event.clientX - box.left) / box.width) * net.width, y: ((event.clientY - box.top) / box.height) * net.height};
    };
    const paint = event => {
        const here = place(event);
        stroke(image, net, last ?? here, here);
        last = here;
        large.putImage(image);
    };
    canvas.onpointerdown = event => {
        if (document.body.dataset.state === 'loading') return;
        canvas.setPointerCapture(event.pointerId);
        beginDrawing();
        paint(event);
    };
    canvas.onpointermove = event => {
        if (!last) return;
        for (const e of event.getCoalescedEvents?.() ?? []) paint(e);
        paint(event);
    };
    canvas.onpointerup = canvas.onpointercancel = () => {
        if (!last) return;
        last = null;
        run('scoring', async () => (await score(), 'drawn by hand'));
    };
}

// ---- the page ----

function makeOthers() {
    others = Array.from({length: OTHERS}, (_, i) => {
        const button = document.createElement('button'), canvas = document.createElement('canvas');
        button.setAttribute('aria-label', `picture ${i + 1}: enlarge`);
        button.append(canvas);
        at('others').append(button);
        button.onclick = () => otherImages[i] && run('scoring', async () => {
            [image, otherImages[i]] = [otherImages[i], image];
            others[i].putImage(otherImages[i]);
            large.putImage(image);
            await score();
            return '';
        });
        return new Picture(canvas, net);
    });
}

function makePage() {
    image = new Uint8Array(net.channels * net.height * net.width);
    large = new Picture(at('picture'), net);
    heat = new Picture(at('heat'), net);
    Object.assign(at('rows'), {max: net.height - 1, value: Math.floor(net.height / 2)});
    makeLabels();
    makeOthers();
    listenToPointer(at('picture'));
    at('rows').oninput = showRows;
    at('temperature').oninput = () => (at('temperature-is').textContent = chosenTemperature());
    at('show-heat').oninput = showLikelihood;
    Object.assign(at('draw'), {onclick: draw});
    Object.assign(at('complete'), {onclick: complete});
    Object.assign(at('clear'), {onclick: clear});
    Object.assign(at('stop'), {onclick: stop});
    showRows();
    at('border').hidden = true;
}

async function main() {
    try {
        const megabytes = bytes => (bytes / 1e6).toFixed(1);
        net = await Net.fetch((got, all) => {
            at('message').textContent = `loading the net: ${megabytes(got)}${all ? ` of ${megabytes(all)}` : ''} MB`;
            at('progress').value = all ? got / all : 0;
        });
        makePage();
        at('progress').value = 0;
        say('ready', `a net for ${net.width} x ${net.height} pixels of ${net.levels} levels`);
    } catch (error) {
        const served = location.protocol === 'file:' ? '; a page that is opened as a file may not load others: serve it, scripts/web.sh' : '';
        say('failed', error.message + served);
        for (const button of document.querySelectorAll('button')) button.disabled = true;
    }
}

main();
