// run_wasm.mjs FILE.wasm ARGUMENT...: runs a program of wasi-libc's in node, in this folder. An error of ours (web/errors.c) is
// printed, and its exit status 1.
import {readFile} from 'node:fs/promises';
import {WASI} from 'node:wasi';

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({version: 'preview1', args: [file, ...args], preopens: {'.': '.'}});
const module = await WebAssembly.compile(await readFile(file));
let memory;
const page = {
    fail: at => {
        const bytes = new Uint8Array(memory.buffer, at);
        console.error(Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString());
        process.exit(1);
    },
    row: () => {},
    value: () => {},
};
const instance = await WebAssembly.instantiate(module, {wasi_snapshot_preview1: wasi.wasiImport, page});
memory = instance.exports.memory;
process.exit(wasi.start(instance) ?? 0);
