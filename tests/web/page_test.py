#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The page of examples/web in Chromium: a picture in, the same class and scores as this machine's own code; the
detector on a photograph; a camera; bad input, of which it says one sentence and goes on; a keyboard alone; a phone.

usage: page_test.py PAGE_FOLDER ANSWERS_PROGRAM DETECT_PROGRAM PICTURES_FOLDER SHARED_FOLDER [SCREENSHOTS_FOLDER]

Exits with 77 where the page is not built or there is no Chromium.
"""
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from browser import Browser, Server  # pylint: disable=wrong-import-position

POLICY = ("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
          "media-src 'self' blob:; connect-src 'self'; worker-src 'self'")
CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()
STATUS = "document.getElementById('status').textContent"

failures = 0


def check(holds, what):
    global failures  # pylint: disable=global-statement
    if not holds:
        failures += 1
        print(f"FAILED: {what}")


def check_close(found, expected, tolerance, what):
    largest = max(map(abs, expected))
    agrees = len(found) == len(expected) and all(abs(a - b) <= tolerance * largest for a, b in zip(found, expected))
    check(agrees, f"{what}: {found} where {expected} was expected")


def png(path, width, height, row_at, bits=8, colour=2):
    """A PNG; `row_at(y)` gives the bytes of a row."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\0" + row_at(y)) for y in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b""))


def pattern(width, height, seed):
    def row(y):
        values = bytearray()
        for x in range(width):
            disc = (x - width // 2) ** 2 + (y - height // 2) ** 2 < (min(width, height) // 3) ** 2
            values += bytes([(x * 255 // width + seed) % 256, y * 255 // height, 200 if disc else (x * y + seed) % 97])
        return bytes(values)
    return width, height, row


def ready(browser, server, **options):
    page = browser.open(server.address, **options)
    page.wait("document.documentElement?.dataset.measured")
    return page


def task(page, name):
    page.evaluate(f"document.querySelector('input[value={name}]').click()")


def status_with(page, *words):
    given = json.dumps([word.lower() for word in words])
    try:
        page.wait(f"{given}.every(word => {STATUS}.toLowerCase().includes(word))", 20)
    except TimeoutError as late:
        raise TimeoutError(f"the page says {page.evaluate(STATUS)!r} where {words} was expected") from late


# Scores of a picture at an address; `options` are what `load` takes.
SCORES = """
async (address, options) => {
    const { load } = await import("/cifar10/cifar10.js");
    const net = await load(options);
    const bitmap = await createImageBitmap(await (await fetch(address)).blob(),
                                           { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    pen.drawImage(bitmap, 0, 0);
    const image = pen.getImageData(0, 0, bitmap.width, bitmap.height);
    const scores = net.run(image);
    const buffer = scores.buffer;
    for (let i = 0; i < 100; ++i) if (net.run(image) !== scores) throw new Error("another array");
    if (scores.buffer !== buffer || buffer.byteLength === 0) throw new Error("the memory grew");
    return Array.from(scores);
}"""


def check_scores(page, address, answers, pictures):
    done = subprocess.run([*answers, *pictures.values()], capture_output=True, text=True, check=True)
    for name, line in zip(pictures, done.stdout.split("\n")):
        expected = [float(number) for number in line.split()]
        for options in ({"instruction_set": "wasm"}, {"instruction_set": "wasm_relaxed"}):
            found = page.evaluate(f"({SCORES})({json.dumps(address + name)}, {json.dumps(options)})")
            # One byte of a resized picture may be rounded the other way where this machine fuses what it adds.
            check_close(found, expected, 1e-5 if name.startswith("exact") else 1e-3, f"{name} with {options}")


WORKER = """
async (address) => {
    const worker = new Worker("/worker.js", { type: "module" });
    return new Promise((done, failed) => {
        worker.onmessage = ({ data }) => done(data);
        worker.onerror = ({ message }) => failed(new Error(message));
        worker.postMessage(address);
    });
}"""
WORKER_FILE = f"""
self.onmessage = async ({{ data }}) => self.postMessage(await ({SCORES})(data, {{}}));
"""

# A film of half a second, dropped onto the page.
FILM = """
async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
    const pen = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const ended = new Promise((done) => { recorder.onstop = done; });
    recorder.start();
    for (let i = 0; i < 10; ++i) {
        pen.fillStyle = `hsl(${36 * i} 80% 50%)`;
        pen.fillRect(0, 0, 64, 64);
        await new Promise((done) => setTimeout(done, 50));
    }
    recorder.stop();
    await ended;
    const given = new DataTransfer();
    given.items.add(new File(parts, "film.webm", { type: "video/webm" }));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true }));
}"""


def check_samples(page, pictures):
    for picture in sorted(pictures.glob("*.jpg")):
        page.evaluate(f"document.querySelector('[data-name={picture.stem}]').click()")
        page.wait(f"document.querySelector('[data-name={picture.stem}]').getAttribute('aria-pressed') === 'true'")
        expected = {"kitten": "cat", "duck": "bird"}.get(picture.stem, picture.stem)
        check(expected in page.evaluate(STATUS), f"{picture.stem} is called {page.evaluate(STATUS)!r}")


def check_keyboard(page):
    """A sample, a stage and the other task, with Tab, Enter and arrows alone."""
    page.evaluate("document.querySelector('h1').tabIndex = -1, document.querySelector('h1').focus()")
    reached = set()
    for _ in range(40):
        page.press("Tab")
        focused = page.evaluate("(e => e.dataset.name ?? e.id ?? '')(document.activeElement)")
        name = page.evaluate("document.activeElement.name ?? ''")
        if focused == "dog" and focused not in reached:
            page.press("Enter", text="\r")
            status_with(page, "dog")
        if name == "stage" and name not in reached:
            page.press("ArrowRight")
            check(page.evaluate("document.activeElement.value") == "1", "an arrow does not choose the next stage")
        reached.add(name or focused)
    check({"task", "file", "camera", "dog", "stage", "measure"} <= reached, f"a keyboard reaches {reached} alone")


def check_bad_pictures(page, folder):
    page.give_file("#file", folder / "broken.png")
    status_with(page, "broken.png", "no picture")
    page.give_file("#file", folder / "one.png")
    status_with(page, "this looks like")
    page.give_file("#file", folder / "huge.png")
    page.wait(f"!{STATUS}.includes('broken') && document.getElementById('picture').width !== 1 || "
              f"{STATUS}.includes('too large')", 90)
    page.evaluate("document.querySelector('[data-name=horse]').click()")
    status_with(page, "horse")


def check_refused(page):
    page.evaluate("document.getElementById('camera').click()")
    status_with(page, "camera")
    check(page.evaluate("document.getElementById('live').hidden"), "a refused camera shows frames")
    page.evaluate("document.querySelector('[data-name=deer]').click()")
    status_with(page, "deer")
    task(page, "detect")
    status_with(page, "choose the file")
    page.give_file("#weights", pathlib.Path(__file__).resolve().parents[2] / "examples/weights" /
                   "augshufflenet_x0_5_cifar10.safetensors")
    status_with(page, "augshufflenet_x0_5_cifar10.safetensors", "is missing")
    task(page, "classify")
    status_with(page, "deer")
    page.evaluate(f"({FILM})()")
    status_with(page, "film has ended")


def check_camera(page):
    page.evaluate("document.getElementById('camera').click()")
    page.wait("document.getElementById('live').textContent.includes('frames/s')")
    page.evaluate("document.getElementById('camera').click()")
    status_with(page, "camera is off")


def check_detector(page, detect, shared):
    weights = shared / "weights/fastestdet_coco.safetensors"
    photograph = shared / "pictures/photo_1.jpg"
    if not weights.is_file() or not detect.is_file():
        print("skipped: the detector, since its weights are not beside the checkout or examples/detect is not built")
        return
    found = json.loads(subprocess.run([detect, "--weights", weights, "--json", photograph], capture_output=True,
                                      text=True, check=True).stdout)
    expected = [(o["class"], o["score"]) for o in (found[0] if isinstance(found, list) else found)["objects"]]
    task(page, "detect")
    status_with(page, "choose the file")
    page.give_file("#weights", weights)
    page.wait("document.getElementById('facts').innerText.includes('peak')")
    page.give_file("#file", photograph)
    page.wait(f"document.getElementById('found').innerText.includes({json.dumps(expected[0][0])})")
    rows = page.evaluate("[...document.querySelectorAll('#found li')].map(row => row.textContent)")
    check(len(rows) == len(expected), f"the page finds {rows} where {expected} was expected")
    for row, (label, score) in zip(rows, expected):
        part = float(row.removeprefix(label).removesuffix("%")) if row.startswith(label) else -1
        check(abs(part - 100 * score) < 2, f"the page finds {row} where {label} {score} was expected")


def check_load(browser, site, cut):
    """A module that was cut, and a browser without vectors."""
    shutil.copytree(site, cut)
    for module in cut.glob("cifar10/*.wasm"):
        module.write_bytes(module.read_bytes()[:100_000])
    page = browser.open(Server(cut, POLICY).address)
    page.wait("document.getElementById('status') !== null")
    status_with(page, "wasm", "not the whole module")
    page = browser.open("about:blank")
    page.call("Page.addScriptToEvaluateOnNewDocument", source="WebAssembly.validate = () => false")
    page.call("Page.navigate", url=Server(site, POLICY).address)
    page.wait("document.getElementById('status') !== null")
    status_with(page, "no vectors")


def check_sizes(browser, server, screenshots):
    for width in (1280, 390):
        for dark in (False, True):
            page = ready(browser, server, width=width, height=844, dark=dark, mobile=width == 390)
            wide = page.evaluate("document.documentElement.scrollWidth")
            check(wide <= width, f"the page is {wide} wide where {width} was expected")
            if screenshots:
                page.picture(screenshots / f"page_{width}_{'dark' if dark else 'light'}.png")
            check(not page.complaints(), f"the console has {page.complaints()}")


def main(arguments):
    site, answers, detect, pictures, shared = map(pathlib.Path, arguments[:5])
    screenshots = pathlib.Path(arguments[5]) if len(arguments) > 5 else None
    if not (site / "networks.json").is_file() or not answers.is_file() or not shutil.which("chromium"):
        print("skipped: the target web_page is not built, or there is no Chromium")
        return 77
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        served = folder / "site"
        shutil.copytree(site, served, ignore=shutil.ignore_patterns("CMakeFiles", "*_web"))
        (served / "worker.js").write_text(WORKER_FILE)
        given = {"exact.png": pattern(32, 32, 5), "wide.png": pattern(96, 64, 40), "large.png": pattern(400, 517, 90)}
        for name, picture in given.items():
            png(served / name, *picture)
        (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
        png(folder / "one.png", 1, 1, lambda _: b"\x80\x40\x20")
        png(folder / "huge.png", 20000, 20000, lambda _: bytes(2500), bits=1, colour=0)

        server = Server(served, POLICY)
        with Browser() as browser:
            page = ready(browser, server)
            check_samples(page, pictures)
            check_scores(page, server.address, [answers, site / "cifar10_web/weights.bin"],
                         {name: served / name for name in given})
            exact = json.dumps(server.address + "exact.png")
            check_close(page.evaluate(f"({WORKER})({exact})"), page.evaluate(f"({SCORES})({exact}, {{}})"), 1e-6,
                        "a worker")
            check_keyboard(page)
            check_bad_pictures(page, folder)
            check_refused(page)
            check(not page.complaints(), f"the console has {page.complaints()}")
            check_load(browser, served, folder / "cut")
            check_sizes(browser, server, screenshots)
        with Browser("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as browser:
            page = ready(browser, server)
            check_camera(page)
            check_detector(page, detect, shared)
            check(not page.complaints(), f"the console has {page.complaints()}")
    print("the page does what it should" if failures == 0 else f"{failures} checks failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
