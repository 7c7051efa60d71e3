// SPDX-License-Identifier: BSD-3-Clause
// Answers `run SECONDS` with the median microseconds of a forward pass, and `logits` with the logits.
// usage: node onnxruntime.js NAME FOLDER
'use strict';
const fs = require('fs');
const readline = require('readline');
const ort = require('onnxruntime-node');

const microseconds = () => Number(process.hrtime.bigint()) / 1000;

function median(values) {
    values.sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)];
}

async function main() {
    const [name, folder] = process.argv.slice(2);
    const session = await ort.InferenceSession.create(`${folder}/${name}.onnx`, {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
    });
    const bytes = fs.readFileSync(`${folder}/${name}.input`);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
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
