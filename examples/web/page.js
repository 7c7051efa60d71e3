// SPDX-License-Identifier: BSD-3-Clause
import { instruction_set, load as load_cifar10 } from "./cifar10/cifar10.js";
import { load as load_detector } from "./detector/detector.js";
import { draw_weave } from "./weave.js";

const $ = (id) => document.getElementById(id);
const picture = $("picture");
const boxes = $("boxes");
const samples = ["cat", "dog", "horse", "deer", "bird", "duck", "kitten"];
const most_side = 4096; // of what is read back from a canvas

const tasks = { classify: { load: load_cifar10, key: "cifar10" }, detect: { load: load_detector, key: "detector" } };
let task = "classify";
let described = null; // what networks.json says
let source = null; // an ImageBitmap, or a video that plays
let stage = 0;
let strengths = null;
let round = 0; // of the loop that is running: an older one ends

const frame_pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });

function say(sentence, wrong = false) {
    if ($("status").textContent !== sentence) $("status").textContent = sentence;
    $("status").classList.toggle("wrong", wrong);
}

const sentence_of = (why) => {
    const text = String(why?.message ?? why).trim();
    const is_word = /^[a-z]+[ ,:]/.test(text); // and no file's name
    return (is_word ? text.charAt(0).toUpperCase() + text.slice(1) : text).replace(/[.]?$/, ".");
};

const network = () => tasks[task].network;
const is_video = () => source === video;

/** The pixels of the source, and the same on the stage. */
function frame() {
    const width = is_video() ? video.videoWidth : source.width;
    const height = is_video() ? video.videoHeight : source.height;
    const scale = Math.min(1, most_side / Math.max(width, height));
    const to = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    for (const canvas of [frame_pen.canvas, picture, boxes]) {
        if (canvas.width !== to[0] || canvas.height !== to[1]) [canvas.width, canvas.height] = to;
    }
    frame_pen.drawImage(source, 0, 0, ...to);
    picture.getContext("2d").drawImage(frame_pen.canvas, 0, 0);
    return frame_pen.getImageData(0, 0, ...to);
}

/** One frame through the network: what it gave, and the milliseconds that the network took. */
function look(image, observed) {
    const net = network();
    net.prepare(image);
    const begin = performance.now();
    if (observed) strengths = net.strengths();
    const scores = observed ? net.scores() : net.forward();
    return { scores, milliseconds: performance.now() - begin };
}

function softmax(scores) {
    const most = Math.max(...scores);
    const powers = Array.from(scores, (score) => Math.exp(score - most));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
}

function show_bars(scores) {
    const labels = described.cifar10.labels;
    const parts = softmax(scores);
    const order = [...parts.keys()].sort((a, b) => parts[b] - parts[a]);
    const list = $("bars");
    while (list.children.length < labels.length) {
        const row = document.createElement("li");
        row.append(document.createElement("span"), document.createElement("output"));
        list.append(row);
    }
    order.forEach((category, rank) => {
        const row = list.children[rank];
        row.children[0].textContent = labels[category];
        row.children[1].textContent = `${(100 * parts[category]).toFixed(1)} %`;
        row.style.setProperty("--part", parts[category].toFixed(4));
        row.classList.toggle("first", rank === 0);
    });
    say(`This looks like: ${labels[order[0]]}.`);
    // The network sees the square in the middle.
    const pen = boxes.getContext("2d");
    const side = Math.min(boxes.width, boxes.height);
    pen.clearRect(0, 0, boxes.width, boxes.height);
    pen.fillStyle = "#0007";
    pen.fillRect(0, 0, boxes.width, boxes.height);
    pen.clearRect((boxes.width - side) / 2, (boxes.height - side) / 2, side, side);
}

const colour_of = (category) => `hsl(${(category * 67 + 190) % 360} 80% 58%)`;

function show_objects(objects) {
    const labels = described.detector.labels;
    const pen = boxes.getContext("2d");
    const { width, height } = boxes;
    const unit = Math.max(width, height) / 400;
    pen.clearRect(0, 0, width, height);
    pen.lineWidth = 2.5 * unit;
    pen.font = `600 ${14 * unit}px system-ui, sans-serif`;
    pen.textBaseline = "top";
    for (const { category, score, left, top, right, bottom } of objects) {
        const x = left * width;
        const y = top * height;
        const text = `${labels[category]} ${(100 * score).toFixed(0)} %`;
        pen.strokeStyle = pen.fillStyle = colour_of(category);
        pen.strokeRect(x, y, (right - left) * width, (bottom - top) * height);
        const label_y = Math.max(0, y - 19 * unit);
        pen.fillRect(Math.max(0, x - pen.lineWidth / 2), label_y, pen.measureText(text).width + 10 * unit, 19 * unit);
        pen.fillStyle = "#0b0e14";
        pen.fillText(text, Math.max(0, x) + 5 * unit, label_y + 3 * unit);
    }
    $("found").replaceChildren(...objects.map(({ category, score }) => {
        const row = document.createElement("li");
        const mark = document.createElement("i");
        mark.style.background = colour_of(category);
        const part = document.createElement("output");
        part.textContent = `${(100 * score).toFixed(0)} %`;
        row.append(mark, labels[category], part);
        return row;
    }));
    say(objects.length === 0 ? "Nothing that it knows is here." :
        objects.length === 1 ? `One object: ${labels[objects[0].category]}.` : `${objects.length} objects are here.`);
}

function show_weave() {
    const { name, stages } = described[tasks[task].key];
    const chosen = stages[Math.min(stage, stages.length - 1)];
    draw_weave($("weave"), chosen, strengths, `${name}, stage ${chosen.number}: ${chosen.channels} channels of ` +
        `${chosen.height} x ${chosen.width} flow from left to right through ${chosen.units.length} units.`);
}

function show_stages() {
    const legend = $("stages").querySelector("legend");
    $("stages").replaceChildren(legend, ...described[tasks[task].key].stages.map(({ number }, index) => {
        const label = document.createElement("label");
        const input = Object.assign(document.createElement("input"), {
            type: "radio", name: "stage", value: index, checked: index === stage,
            onchange: () => {
                stage = index;
                show_weave();
            },
        });
        const text = document.createElement("span");
        text.textContent = `Stage ${number}`;
        label.append(input, text);
        return label;
    }));
}

/** Runs the network on what there is, and shows all that came of it. */
function answer(observed = true) {
    const { scores, milliseconds } = look(frame(), observed);
    if (task === "classify") {
        if (!scores.every(Number.isFinite)) throw new Error("the network's scores are not finite");
        show_bars(scores);
    } else {
        show_objects(network().objects());
    }
    if (observed) show_weave();
    return milliseconds;
}

function guarded(action) {
    return async (...given) => {
        try {
            await action(...given);
        } catch (why) {
            say(sentence_of(why), true);
        }
    };
}

function waits_for_weights() {
    const waits = task === "detect" && !network()?.ready;
    for (const part of document.querySelectorAll(".needs-weights")) part.hidden = task !== "detect";
    if (waits) say("Choose the file of FastestDet’s weights, and it looks for objects.");
    return waits;
}

async function refresh() {
    $("bars").hidden = task !== "classify";
    $("found").hidden = task !== "detect";
    boxes.getContext("2d").clearRect(0, 0, boxes.width, boxes.height);
    if (!source) return;
    if (waits_for_weights()) {
        frame();
        $("found").replaceChildren();
        strengths = null;
        show_weave();
        return;
    }
    if (!is_video()) answer();
}

/** Frame after frame, until the film ends or something else is chosen. */
function play() {
    const mine = ++round;
    let count = 0;
    let begin = performance.now();
    const next = () => {
        if (mine !== round || !is_video()) return;
        if (video.ended) {
            stop_video();
            say("The film has ended: choose another one, a picture, or the camera.");
            return;
        }
        requestAnimationFrame(next);
        if (video.readyState < 2 || !network()) return;
        try {
            if (task === "detect" && !network().ready) {
                frame();
                return;
            }
            const milliseconds = answer(count % 6 === 0);
            if (++count % 12 === 0) {
                const now = performance.now();
                const rate = (12000 / (now - begin)).toFixed(0);
                $("live").textContent = `${rate} frames/s, network ${milliseconds.toFixed(1)} ms`;
                begin = now;
            }
        } catch (why) {
            stop_video();
            say(sentence_of(why), true);
        }
    };
    $("live").hidden = false;
    $("live").textContent = "…";
    next();
}

function stop_video() {
    ++round;
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.pause();
    if (video.src) URL.revokeObjectURL(video.src);
    video.srcObject = null;
    video.removeAttribute("src");
    $("live").hidden = true;
    $("camera").setAttribute("aria-pressed", "false");
}

function press_sample(name) {
    for (const button of $("samples").children)
        button.setAttribute("aria-pressed", String(button.dataset.name === name));
}

async function show_picture(blob, name) {
    let bitmap;
    try {
        bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    } catch {
        throw new Error(`${name} is no picture that this browser can show, or is too large for it`);
    }
    stop_video();
    press_sample(name);
    source = bitmap;
    await refresh();
}

async function show_film(file) {
    stop_video();
    video.src = URL.createObjectURL(file);
    try {
        await video.play();
    } catch {
        stop_video();
        throw new Error(`${file.name} is no film that this browser can play`);
    }
    source = video;
    await refresh();
    play();
}

const show_file = (file) => (file.type.startsWith("video/") ? show_film(file) : show_picture(file, file.name));

async function show_sample(name) {
    const response = await fetch(`pictures/${name}.jpg`);
    if (!response.ok) throw new Error(`the sample ${name} could not be fetched (status ${response.status})`);
    await show_picture(await response.blob(), name);
}

async function toggle_camera() {
    if (is_video() && video.srcObject) {
        stop_video();
        say("The camera is off.");
        return;
    }
    stop_video();
    try {
        if (!navigator.mediaDevices)
            throw new Error("this page has no access to cameras: that it is served over https was expected");
        video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (why) {
        stop_video();
        const words = {
            NotAllowedError: "The camera was refused: choose a picture, or allow it and try again.",
            NotFoundError: "There is no camera: choose a picture instead.",
            NotReadableError: "The camera is in use elsewhere: choose a picture, or free it and try again.",
        };
        say(words[why.name] ?? sentence_of(why), true);
        return;
    }
    await video.play();
    press_sample(null);
    $("camera").setAttribute("aria-pressed", "true");
    source = video;
    await refresh();
    play();
}

async function use_weights(file) {
    const net = network();
    try {
        net.load_weights(new Uint8Array(await file.arrayBuffer()));
    } catch (why) {
        throw new Error(`${file.name}: ${why.message.replace(/^the file: /, "")}`);
    }
    await refresh();
    await measure();
}

const pause = () => new Promise((done) => setTimeout(done));

/** The least milliseconds of a pass, and the multiply-adds a second, in billions, that this browser can do at most:
 *  measured in turns, in pieces long enough for its clock, until a while has brought nothing better. */
async function fastest() {
    const net = network();
    const { height, width } = net.input;
    const name = net.instruction_set === "wasm_relaxed" ? "peak.relaxed.wasm" : "peak.wasm";
    const bytes = await (await fetch(name)).arrayBuffer();
    const { turn } = (await WebAssembly.instantiate(bytes, {})).instance.exports;
    const turns = 1_000_000;
    const passes = Math.max(1, Math.round(5e7 / net.multiply_adds));
    net.prepare(new ImageData(width, height));

    const timed = (work) => {
        const begin = performance.now();
        work();
        return performance.now() - begin;
    };
    const first = performance.now();
    let better = first;
    let least = Infinity;
    let peak = 0;
    for (let now = first; now - better < 700 && now - first < 6000; now = performance.now()) {
        const pass = timed(() => {
            for (let i = 0; i < passes; ++i) net.forward();
        }) / passes;
        const speed = (48 * turns) / timed(() => turn(turns, 1e-9)) / 1e6;
        if (pass < 0.98 * least || speed > 1.02 * peak) better = now;
        least = Math.min(least, pass);
        peak = Math.max(peak, speed);
        await pause(); // better code is made beside what runs
    }
    return { least, peak };
}

function show_facts(speed) {
    const net = network();
    const number = (value) => value.toLocaleString("en");
    const size = (bytes) => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} KB` : `${(bytes / 1e6).toFixed(2)} MB`);
    const fetched = performance.getEntriesByType("resource").filter((entry) => !entry.name.endsWith(".jpg"))
        .concat(performance.getEntriesByType("navigation"))
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0);
    const facts = [
        ["Network", described[tasks[task].key].name,
            net.instruction_set === "wasm_relaxed" ? "relaxed SIMD" : "plain SIMD"],
        ["Parameters", number(net.parameters)],
        ["Multiply-adds", number(net.multiply_adds), "for one picture"],
        ["Workspace", size(net.workspace_bytes), "all the memory of a pass"],
        ["Module", size(net.bytes), tasks[task].key === "cifar10" ? "weights inside" : ""],
        ["Downloaded", size(fetched), "page, modules and drawings of the weave"],
    ];
    if (speed) {
        const { least } = speed;
        const reached = net.multiply_adds / least / 1e6 / speed.peak;
        facts.push(["One pass", least < 1 ? `${(1e3 * least).toFixed(0)} µs` : `${least.toFixed(2)} ms`, "one thread"]);
        facts.push(["Of the machine’s peak", `${(100 * reached).toFixed(0)} %`,
            `${speed.peak.toFixed(1)} billion multiply-adds a second`]);
    }
    $("facts").replaceChildren(...facts.map(([name, value, note]) => {
        const fact = document.createElement("div");
        const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
        dt.textContent = name;
        dd.textContent = value;
        fact.append(dt, dd);
        if (note) fact.append(Object.assign(document.createElement("small"), { textContent: note }));
        return fact;
    }));
    $("size").textContent = `${size(tasks.classify.network?.bytes ?? net.bytes)}`;
}

async function measure() {
    const net = network();
    show_facts(null);
    if (!net.ready) return;
    await pause();
    const speed = await fastest();
    if (net === network()) show_facts(speed);
    if (source && !is_video()) answer();
}

async function choose(next) {
    task = next;
    stage = 0;
    strengths = null;
    const chosen = tasks[task];
    if (!chosen.network) {
        say("Loading the network …");
        chosen.network = await chosen.load();
    }
    if (task !== next) return;
    show_stages();
    waits_for_weights();
    await refresh();
    await measure();
}

function listen() {
    for (const name of samples) {
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.name = name;
        button.setAttribute("aria-pressed", "false");
        const shown = { src: `pictures/${name}.jpg`, alt: `Sample: ${name}` };
        button.append(Object.assign(document.createElement("img"), shown));
        button.onclick = guarded(() => show_sample(name));
        $("samples").append(button);
    }
    for (const radio of document.querySelectorAll("input[name=task]"))
        radio.onchange = guarded(() => choose(radio.value));
    const chosen_file = (id, use) => {
        $(id).onchange = guarded(async ({ target }) => {
            const [file] = target.files;
            target.value = "";
            if (file) await use(file);
        });
    };
    chosen_file("file", show_file);
    chosen_file("weights", use_weights);
    $("camera").onclick = guarded(toggle_camera);
    $("measure").onclick = guarded(measure);
    const dropped = guarded(async (event) => {
        event.preventDefault();
        $("stage").classList.remove("over");
        const [file] = event.dataTransfer.files;
        if (!file) throw new Error("that was no file: a picture or a film was expected");
        await (file.name.endsWith(".safetensors") && task === "detect" ? use_weights(file) : show_file(file));
    });
    document.addEventListener("drop", dropped);
    document.addEventListener("dragover", (event) => {
        event.preventDefault();
        $("stage").classList.add("over");
    });
    document.addEventListener("dragleave", (event) => {
        if (!event.relatedTarget) $("stage").classList.remove("over");
    });
    window.addEventListener("resize", () => described && network() && show_weave());
}

guarded(async () => {
    listen();
    if (instruction_set() === null)
        throw new Error("this browser has no vectors in WebAssembly: " +
            "Chrome 91, Firefox 89, Safari 16.4 or later was expected");
    const response = await fetch("networks.json");
    if (!response.ok) throw new Error(`networks.json could not be fetched (status ${response.status})`);
    described = await response.json();
    const begin = performance.now();
    tasks.classify.network = await tasks.classify.load();
    document.documentElement.dataset.ready = (performance.now() - begin).toFixed(0);
    show_stages();
    await show_sample(samples[0]);
    await measure();
    document.documentElement.dataset.measured = "yes";
})();
