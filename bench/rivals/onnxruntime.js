// SPDX-License-Identifier: BSD-3-Clause
// Answers `run SECONDS` with the median microseconds of a forward pass, and `logits` with the logits; in int8 of
// what to_qdq.py has written. `ranges` prints between which values every map lies over NAME.calibration.safetensors.
// usage: node onnxruntime.js [int8 | ranges] NAME FOLDER
'use strict';
const fs = require('fs');
const readline = require('readline');
const ort = require('onnxruntime-node');

const microseconds = () => Number(process.hrtime.bigint()) / 1000;

function median(values) {
    values.sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)];
}

function readFloats(path) {
    const bytes = fs.readFileSync(path);
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

// The only tensor of a file of safetensors.
function readTensor(path) {
    const bytes = fs.readFileSync(path);
    const header = 8 + Number(bytes.readBigUInt64LE());
    return new Float32Array(Uint8Array.from(bytes.subarray(header)).buffer);
}

function open(path, level) {
    return ort.InferenceSession.create(path, {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: level,
    });
}

async function printRanges(stem) {
    const session = await open(`${stem}_observed.onnx`, 'basic');
    const input = session.inputNames[0];
    const shape = session.inputMetadata[0].shape;
    const size = shape.reduce((a, b) => a * b, 1);
    const values = readTensor(`${stem}.calibration.safetensors`);
    const ranges = {};
    const widen = (name, data) => {
        const range = ranges[name] ??= [Infinity, -Infinity];
        for (const value of data) {
            if (value < range[0]) range[0] = value;
            if (value > range[1]) range[1] = value;
        }
    };
    for (let first = 0; first < values.length; first += size) {
        const picture = values.slice(first, first + size);
        widen(input, picture);
        const made = await session.run({[input]: new ort.Tensor('float32', picture, shape)});
        for (const name of session.outputNames) widen(name, made[name].data);
    }
    console.log(JSON.stringify(ranges));
}

async function main() {
    const [name, folder] = process.argv.slice(-2);
    const mode = process.argv.length > 4 ? process.argv[2] : '';
    if (mode === 'ranges') return printRanges(`${folder}/${name}`);
    const session = await open(`${folder}/${name}${mode ? '_' + mode : ''}.onnx`, 'all');
    const values = readFloats(`${folder}/${name}.input`);
    // Of an imported file the sizes, which it may leave open.
    const said = `${folder}/${name}.json`;
    const sizes = fs.existsSync(said) ? JSON.parse(fs.readFileSync(said)) : null;
    const feeds = {};
    let first = 0;
    session.inputNames.forEach((input, i) => {
        const shape = sizes ? sizes[input] : session.inputMetadata[i].shape;
        if (!shape) return;
        const count = shape.reduce((a, b) => a * b, 1);
        feeds[input] = new ort.Tensor('float32', values.slice(first, first + count), shape);
        first += count;
    });
    let logits;
    for (let i = 0; i < 20; ++i) {
        const made = await session.run(feeds);
        logits = session.outputNames.flatMap(output => Array.from(made[output].data));
    }
    console.log('ready');
    for await (const line of readline.createInterface({input: process.stdin})) {
        const [word, seconds] = line.split(' ');
        if (word === 'logits') {
            console.log(JSON.stringify(logits));
            continue;
        }
        const times = [];
        const end = microseconds() + Number(seconds) * 1e6;
        do {
            const start = microseconds();
            await session.run(feeds);
            times.push(microseconds() - start);
        } while (microseconds() < end);
        console.log(median(times));
    }
}

main();
