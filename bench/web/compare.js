// SPDX-License-Identifier: BSD-3-Clause
// Times one network in each runtime, in turns. A runtime is { run, output }: `run` gives a promise of one pass or
// nothing to wait for, `output` the values of the last.

const modules = "/node_modules";
const fetched = async (url) => (await fetch(url)).arrayBuffer();

async function plait(name, picture, instruction_set) {
    const { load } = await import(`/plait/web_${name}/web_${name}.js`);
    const net = await load({ instruction_set });
    net.load_weights(await fetched(`/networks/${name}.safetensors`));
    const image = new ImageData(net.input.width, net.input.height);
    for (let i = 0; i < picture.length; ++i) image.data[i] = picture[i];
    net.prepare(image);
    let scores = net.run(image);
    return {
        facts: { multiply_adds: net.multiply_adds, bytes: net.bytes },
        run() {
            scores = net.forward();
        },
        output: () => Array.from(net.run(image)),
    };
}

/** The picture's pixels as numbers from 0 to 1, channel by channel or pixel by pixel. */
function numbers(picture, size, by_channel) {
    const made = new Float32Array(3 * size);
    for (let i = 0; i < size; ++i) {
        for (let c = 0; c < 3; ++c) made[by_channel ? c * size + i : 3 * i + c] = picture[4 * i + c] / 255;
    }
    return made;
}

async function onnxruntime(name, picture, [height, width]) {
    const ort = await import(`${modules}/onnxruntime-web/dist/ort.wasm.min.mjs`);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = `${modules}/onnxruntime-web/dist/`;
    const session = await ort.InferenceSession.create(`/networks/${name}.onnx`, { executionProviders: ["wasm"] });
    const input = new ort.Tensor("float32", numbers(picture, height * width, true), [1, 3, height, width]);
    let made;
    return {
        run: async () => {
            made = await session.run({ input });
        },
        output: () => Array.from(made.logits.data),
    };
}

async function litert(name, picture, [height, width]) {
    const { loadLiteRt, loadAndCompile, Tensor } = await import(`${modules}/@litertjs/core/dist/index.js`);
    await loadLiteRt(`${modules}/@litertjs/core/wasm/`);
    const options = { accelerator: "wasm", cpuOptions: { numThreads: 1 } };
    const model = await loadAndCompile(new Uint8Array(await fetched(`/networks/${name}.tflite`)), options);
    const input = new Tensor(numbers(picture, height * width, false), [1, height, width, 3]);
    let values = [];
    return {
        run: async () => {
            const made = await model.run([input]);
            for (const tensor of made) tensor.delete();
        },
        output: async () => {
            const [made] = await model.run([input]);
            values = Array.from(made.toTypedArray ? made.toTypedArray() : await made.data());
            made.delete();
            return values;
        },
    };
}

async function tfjs(name, picture, [height, width]) {
    const { tf } = window;
    tf.wasm.setWasmPaths(`${modules}/@tensorflow/tfjs-backend-wasm/dist/`);
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
    await tf.setBackend("wasm");
    const { output, layers } = await (await fetch(`/networks/${name}.layers.json`)).json();
    const values = new Float32Array(await fetched(`/networks/${name}.layers.bin`));
    for (const layer of layers) {
        for (const part of ["w", "b"]) {
            if (!layer[part]) continue;
            const [begin, shape] = layer[part];
            layer[part] = tf.tensor(values.slice(begin, begin + shape.reduce((a, b) => a * b, 1)), shape);
        }
    }
    const input = tf.tensor(numbers(picture, height * width, false), [1, height, width, 3]);
    const kinds = {
        conv: ([x], l) => tf.fused.conv2d({ x, filter: l.w, bias: l.b, strides: l.stride, pad: l.pad,
            dimRoundingMode: l.pad ? "floor" : undefined, activation: l.act === "none" ? "linear" : l.act }),
        depthwise: ([x], l) => tf.fused.depthwiseConv2d({ x, filter: l.w, bias: l.b, strides: l.stride, pad: l.pad,
            dimRoundingMode: l.pad ? "floor" : undefined, activation: l.act === "none" ? "linear" : l.act }),
        dense: ([x], l) => tf.fused.matMul({ a: tf.reshape(x, [1, -1]), b: l.w, bias: l.b }),
        relu: ([x]) => tf.relu(x),
        relu6: ([x]) => tf.relu6(x),
        add: ([x, y]) => tf.add(x, y),
        concat: (given) => tf.concat(given, 3),
        slice: ([x], l) => tf.slice(x, [0, 0, 0, l.begin], [1, ...x.shape.slice(1, 3), l.count]),
        max_pool: ([x], l) => tf.maxPool(x, l.kernel, l.stride, l.pad, "floor"),
        average_pool: ([x], l) => tf.avgPool(tf.pad(x, [[0, 0], [l.pad, l.pad], [l.pad, l.pad], [0, 0]]), l.kernel,
            l.stride, "valid"),
        sigmoid: ([x]) => tf.sigmoid(x),
        softmax: ([x]) => tf.softmax(x),
        upsample: ([x]) => tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]),
        mean: ([x]) => tf.mean(x, [1, 2], true),
        flatten: ([x]) => x,
        shuffle: ([x], l) => {
            const [n, h, w, channels] = x.shape;
            const apart = tf.reshape(x, [h * w, l.groups, channels / l.groups]);
            return tf.reshape(tf.transpose(apart, [0, 2, 1]), [n, h, w, channels]);
        },
    };
    const pass = () => tf.tidy(() => {
        const made = { input };
        for (const layer of layers) made[layer.out[0]] = kinds[layer.kind](layer.in.map((at) => made[at]), layer);
        return made[output];
    });
    let last = [];
    return {
        run() {
            const made = pass();
            last = made.dataSync();
            made.dispose();
        },
        output: () => Array.from(last),
    };
}

const runtimes = {
    plait: (...given) => plait(given[0], given[1], "wasm_relaxed"),
    plait_plain: (...given) => plait(given[0], given[1], "wasm"),
    onnxruntime, litert, tfjs,
};

async function peak() {
    const { turn } = (await WebAssembly.instantiate(await fetched("/peak.relaxed.wasm"), {})).instance.exports;
    return { run: () => turn(1_000_000, 1e-9), facts: {}, output: () => [] };
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Of each runtime the median microseconds of a pass, its output, or why it is left out; and the peak. */
window.measure = async (name, size, options) => {
    const picture = new Uint8ClampedArray(4 * size[0] * size[1]);
    let state = 1;
    for (let i = 0; i < picture.length; ++i) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        picture[i] = i % 4 === 3 ? 255 : state >>> 24;
    }
    const made = { peak: await peak() };
    const left_out = {};
    for (const runtime of options.runtimes) {
        try {
            made[runtime] = await runtimes[runtime](name, picture, size);
            await made[runtime].run();
        } catch (why) {
            delete made[runtime];
            left_out[runtime] = String(why.message ?? why).slice(0, 200);
        }
    }
    const times = Object.fromEntries(Object.keys(made).map((runtime) => [runtime, []]));
    for (let round = -options.warm_up; round < options.rounds; ++round) {
        for (const [runtime, { run }] of Object.entries(made)) {
            const begin = performance.now();
            let count = 0;
            do {
                for (let i = 0; i < options.passes; ++i) await run();
                count += options.passes;
            } while (performance.now() - begin < options.milliseconds);
            if (round >= 0) times[runtime].push(1e3 * (performance.now() - begin) / count);
        }
    }
    const rows = {};
    for (const [runtime, { output, facts }] of Object.entries(made)) {
        const us = times[runtime];
        rows[runtime] = { us: median(us), least_us: Math.min(...us), output: await output(), facts };
    }
    return { rows, left_out };
};
