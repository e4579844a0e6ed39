// worker.js - the net in a thread of its own, so that the page stays alive. The page ends what it computes by ending it.
//
//   to it      {load: {module, cfg, weights}}           {draw: {n, labels, seed, ...}, id}        {score: image, id}
//   from it    {ready: {channels, height, width, ...}}  {row, n, values, id}, {images, id}        {nats, id}
//              {error: line}: it has to be started again

import {PixelCNN} from './engine.js';

let net = null;

async function load({module, cfg, weights}) {
    net = await PixelCNN.load(module, cfg, weights);
    const {channels, height, width, levels, classes} = net;
    postMessage({ready: {channels, height, width, levels, classes}});
}

// Sends each row when the next one begins.
function rowSender(id, n) {
    let row = -1, values = null;
    const send = () => {
        if (values) postMessage({id, row, n, values});
    };
    return {
        row(begun) {
            send();
            row = begun;
            values = new Uint8ClampedArray(n * net.channels * net.width);
        },
        value(image, column, colour, x) {
            values[(image * net.channels + colour) * net.width + column] = Math.round(255 * x);
        },
        end: send,
    };
}

function draw(request, id) {
    const watch = rowSender(id, request.n);
    const images = net.draw({...request, watch});
    watch.end();
    postMessage({id, images});
}

function score(image, id) {
    const classes = net.classes ? [...Array(net.classes).keys()] : null;
    postMessage({id, nats: net.nats(image, classes)});
}

onmessage = async ({data}) => {
    try {
        if (data.load) await load(data.load);
        if (data.draw) draw(data.draw, data.id);
        if (data.score) score(data.score, data.id);
    } catch (error) {
        postMessage({error: error.message});
    }
};
