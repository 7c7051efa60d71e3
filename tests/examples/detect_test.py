#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""build/examples/detect: what it finds, prints and draws, and its refusals: one sentence on stderr, exit status 2,
and what was printed before stays.

usage: detect_test.py PROGRAMS_FOLDER SOURCE_FOLDER

What needs FastestDet's weights looks for them in ../shared beside the checkout.
"""
import json
import os
import pathlib
import pty
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from agreement import largest_difference  # noqa: E402
from program_checks import Checks, edited_header, on_small_stack, png  # noqa: E402

WIDTH, HEIGHT = 64, 48
FRAME_BYTES = 3 * WIDTH * HEIGHT
SIZE = f"{WIDTH}x{HEIGHT}"
LOW = ("--threshold", "0.05")  # so low that any picture has objects


def gradient(shift):
    """A frame of raw RGB."""
    return bytes((x * 4 + shift, y * 5, (x * y + shift) % 256)[c] % 256
                 for y in range(HEIGHT) for x in range(WIDTH) for c in range(3))


def png_of(frame, width=WIDTH, height=HEIGHT):
    rows = (frame[3 * width * y:3 * width * (y + 1)] for y in range(height))
    return png(width, height, b"".join(b"\0" + row for row in rows))


def read_safetensors(path):
    """Bytes of tensors by name, with their shape."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    return {name: (entry, content[8 + length:][slice(*entry["data_offsets"])]) for name, entry in header.items()}


def safetensors_of(tensors):
    header, data = {}, b""
    for name, (entry, values) in tensors.items():
        header[name] = {**entry, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def with_classes(tensors, classes):
    """The same detector for the first of its classes."""
    made = {}
    for name, (entry, values) in tensors.items():
        if name.startswith(("detect_head.cls_layers.conv5x5.3", "detect_head.cls_layers.conv5x5.4")) and \
                entry["shape"] and entry["shape"][0] == 80:
            entry = {**entry, "shape": [classes, *entry["shape"][1:]]}
            values = values[:len(values) // 80 * classes]
        made[name] = entry, values
    return safetensors_of(made)


def filled(tensors, name, value):
    """The same weights, with one tensor full of one value."""
    entry, values = tensors[name]
    return safetensors_of({**tensors, name: (entry, struct.pack("<f", value) * (len(values) // 4))})


def objects_of(done):
    return [json.loads(line)["objects"] for line in done.stdout.decode().splitlines()]


def test_options(checks):
    """None of it needs the right weights."""
    picture = checks.file("options/p.png", png_of(gradient(0)))
    weights = checks.file("options/none.safetensors")

    def detect(*arguments, words):
        checks.refuses("detect", "--weights", weights, *arguments, words=words)

    checks.accepts("detect", "--help", words=["Usage", "--weights", "--stream"])
    checks.refuses("detect", picture, words=["--weights"])
    detect(words=["pictures or --stream"])
    detect("--colour", picture, words=["--colour"])
    for threshold in ("nan", "-0.1", "1.1", "inf", "a half", ""):
        detect(f"--threshold={threshold}", picture, words=["--threshold"])
    for size in ("640", "640x", "x480", "640x480x3", "-640x480", "0x0", "1x1", "640 x 480", "99999999999x2",
                 "2x99999999999999999999", "20000x20000", "sixtyxforty", "640X480"):
        detect(f"--stream={size}", words=["--stream", "WIDTHxHEIGHT"])
    detect("--stream", SIZE, picture, words=["--stream"])
    detect("--draw", "-", picture, words=["--draw"])
    detect("--stream", SIZE, "--draw", "-", "--json", words=["--draw", "--json"])


def test_weights(checks, weights):
    picture = checks.file("weights/p.png", png_of(gradient(0)))

    def detect(content, words):
        path = content if isinstance(content, pathlib.Path) else checks.file("weights/w.safetensors", content)
        checks.refuses("detect", "--weights", path, picture, words=words)

    detect(checks.folder / "none.safetensors", ["no such file"])
    detect(checks.folder, ["directory"])
    detect(b"", ["0 bytes"])
    detect(picture, ["header"])
    detect(checks.source / "examples/weights/augshufflenet_x0_5_cifar10.safetensors", ["missing"])
    if not weights.exists():
        return
    good = weights.read_bytes()
    tensors = read_safetensors(weights)
    detect(good[:5], ["5 bytes"])
    detect(good[:len(good) // 2], ["out of the file"])
    detect(with_classes(tensors, 20), ["detect_head.cls_layers", "[20, 96, 1, 1] where [80, 96, 1, 1]"])
    detect(filled(tensors, "SPP.output.0.weight", float("nan")), ["SPP.output.0.weight", "not finite"])
    detect(filled(tensors, "detect_head.reg_layers.conv5x5.4.weight", 3e38),
           ["detect_head.reg_layers.conv5x5.4", "larger than a float"])
    detect(filled(tensors, "backbone.first_conv.0.weight", 1e38), ["output is not finite"])
    name = "SPP.S1.0.weight"
    detect(edited_header(good, lambda header: {f"{key}s" if key == name else key: entry
                                               for key, entry in header.items()}), [name, "missing"])
    detect(safetensors_of({**tensors, "one.more": ({"dtype": "F32", "shape": [1]}, bytes(4))}),
           ["one.more", "not expected"])


def test_pictures(checks, detect):
    good = checks.file("pictures/good.png", png_of(gradient(0)))
    other = checks.file("pictures/other.png", png_of(gradient(9)))
    bad = checks.folder / "bad"

    def refuses(*arguments, words, keeps=None):
        checks.refuses(*detect, *LOW, *arguments, words=words, keeps=keeps)

    refuses(checks.folder / "none.png", words=["no such file"])
    refuses(checks.file("bad/empty.png"), words=["empty"])
    refuses(checks.file("bad/half.png", good.read_bytes()[:200]), words=["truncated"])
    refuses(checks.file("bad/text.png", b"This is not a picture.\n"), words=["not a PNG, JPEG or BMP"])
    refuses(checks.file("bad/huge.png", png(20000, 20000)), words=["20000 x 20000"])
    refuses(checks.source / "tests/pictures/one_pixel.png", words=["1 x 1"])
    refuses(checks.file("bad/notes/readme.txt").parent, words=["no PNG, JPEG or BMP picture"])
    # The others are done all the same.
    refuses(good, bad / "empty.png", other, words=["empty.png"], keeps="other.png")
    refuses(bad / "empty.png", "--json", good, words=["empty.png"], keeps="good.png")
    refuses(checks.folder / "none.png", good.parent, words=["none.png"], keeps="other.png")

    here = os.getcwd()
    os.chdir(good.parent)
    checks.accepts(*detect, *LOW, "good.png", words=["good.png: "])
    os.chdir(here)

    arguments = [*detect, *LOW, "--json", good.parent]
    done = checks.run(arguments)
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    checks.expect([line["picture"] for line in lines] == [str(good), str(other)] and not done.stderr, arguments,
                  done, "expected a line for each picture of the folder")
    inside = all(0 <= x1 <= x2 <= WIDTH and 0 <= y1 <= y2 <= HEIGHT
                 for line in lines for x1, y1, x2, y2 in (found["box"] for found in line["objects"]))
    checks.expect(all(line["objects"] for line in lines) and inside, arguments, done,
                  "expected objects in each picture, in its pixels")

    plain = checks.run([*detect, *LOW, good.parent]).stdout.decode().splitlines()
    count = sum(len(line["objects"]) for line in lines)
    checks.expect(len(plain) == count, arguments, done, f"expected {count} lines without --json")
    checks.accepts(*detect, "--threshold", "1", good)  # no score is above it

    names = checks.file("names.txt", "\n".join(f"thing {i}" for i in range(80)).encode())
    checks.accepts(*detect, *LOW, "--names", names, good, words=["thing "])
    few = checks.file("few.txt", b"thing\nthing\n")
    refuses("--names", few, good, words=["2 labels where 80"])


def test_drawings(checks, detect):
    good = checks.file("draw/a/good.png", png_of(gradient(0)))
    same_name = checks.file("draw/b/good.png", png_of(gradient(9)))
    drawn = checks.folder / "drawn/into/here"

    checks.accepts(*detect, *LOW, "--draw", drawn, good, same_name, words=["good.png"])
    done = checks.run([*detect, *LOW, "--draw", drawn, good, same_name])
    files = sorted(path.name for path in drawn.iterdir())
    checks.expect(files == ["good-2.png", "good.png"], ["--draw", drawn], done, f"expected two drawings, not {files}")
    for path in drawn.iterdir():
        size = struct.unpack(">II", path.read_bytes()[16:24])
        checks.expect(size == (WIDTH, HEIGHT), ["--draw", path], done, f"expected a picture of {SIZE}, not {size}")

    before = good.read_bytes()
    for folder in (good.parent, good.parent / ".." / "a"):
        checks.refuses(*detect, *LOW, "--draw", folder, good, words=["one of the pictures"])
    checks.expect(good.read_bytes() == before, ["--draw", good.parent], done, "expected the picture as it was")

    checks.refuses(*detect, *LOW, "--draw", good, good, words=["cannot be made a folder"])
    checks.refuses(*detect, *LOW, "--draw", good / "below", same_name, words=["cannot be made a folder"])
    checks.refuses(*detect, *LOW, "--draw", "/proc/no/such/folder", same_name, words=["cannot be made a folder"])
    # Where a drawing cannot be written, what was found is still printed.
    blocked = checks.folder / "blocked"
    (blocked / "good.png").mkdir(parents=True)
    checks.refuses(*detect, *LOW, "--draw", blocked, good, words=["is a directory"], keeps="good.png")


def test_streams(checks, detect):
    frames = [gradient(shift) for shift in (0, 9, 50)]
    stream = [*detect, *LOW, "--stream", SIZE]

    arguments = [*stream, "--json"]
    done = checks.run(arguments, b"".join(frames))
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    checks.expect(done.returncode == 0 and [line["frame"] for line in lines] == [0, 1, 2], arguments, done,
                  "expected a line for each frame")
    checks.expect(b"3 frames" in done.stderr and b"frames per second" in done.stderr, arguments, done,
                  "expected frames per second on stderr")
    pictures = [checks.file(f"stream/{i}.png", png_of(frame)) for i, frame in enumerate(frames)]
    alone = objects_of(checks.run([*detect, *LOW, "--json", *pictures]))
    checks.expect([line["objects"] for line in lines] == alone, arguments, done,
                  "expected the objects that pictures of the frames have")

    def refuses(content, words, keeps=None):
        checks.refuses(*stream, words=words, keeps=keeps, stdin=content)

    refuses(b"", ["no frame", f"{FRAME_BYTES} bytes"])
    refuses(frames[0][:-1], [f"{FRAME_BYTES - 1} bytes into frame 0"])
    refuses(b"".join(frames)[:-100], [f"{FRAME_BYTES - 100} bytes into frame 2"], keeps="frame 1: ")
    refuses(b"".join(frames) + b"x", ["1 bytes into frame 3"], keeps="frame 2: ")

    arguments = [*stream, "--draw", "-"]
    done = checks.run(arguments, b"".join(frames))
    checks.expect(len(done.stdout) == 3 * FRAME_BYTES and done.stdout != b"".join(frames), arguments, done,
                  "expected the frames with boxes, and nothing else, on standard output")
    done = checks.run([*detect, "--threshold", "1", "--stream", SIZE, "--draw", "-"], b"".join(frames))
    checks.expect(done.stdout == b"".join(frames), arguments, done, "expected frames without objects as they were")

    folder = checks.folder / "frames"
    checks.run([*stream, "--draw", folder], b"".join(frames))
    files = sorted(path.name for path in folder.iterdir())
    checks.expect(files == [f"frame_00000{i}.png" for i in range(3)], [*stream, "--draw", folder], done,
                  f"expected a drawing of each frame, not {files}")


def start(checks, arguments, **how):
    command = [checks.programs / arguments[0], *arguments[1:]]
    return subprocess.Popen([str(word) for word in command], preexec_fn=on_small_stack(command[0]), **how)


def finish(process):
    """What is left of its output, as of a completed one."""
    output, errors = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors or b"")


def test_pipes(checks, detect):
    """Frames are answered at once; a reader that goes away is no error, a full disk is."""
    arguments = [*detect, *LOW, "--json", "--stream", SIZE]
    process = start(checks, arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(gradient(0))
    process.stdin.flush()
    first = json.loads(process.stdout.readline())
    done = finish(process)
    checks.expect(first["frame"] == 0 and done.returncode == 0, arguments, done, "expected a frame's line at once")

    many = checks.file("many.raw", gradient(0) * 40)
    for options in (["--json"], ["--draw", "-"], []):
        for deadly in (True, False):  # whether SIGPIPE ends what does not care for it
            arguments = [*detect, *LOW, "--stream", SIZE, *options]
            with open(many, "rb") as frames:
                process = start(checks, arguments, stdin=frames, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                restore_signals=deadly)
                process.stdout.close()
                errors = process.stderr.read()
                process.wait(timeout=300)
            done = subprocess.CompletedProcess(arguments, process.returncode, b"", errors)
            checks.expect(process.returncode == 0 and not errors, arguments, done,
                          "expected a quiet end where nobody reads")

    if os.path.exists("/dev/full"):
        picture = checks.file("pipes/p.png", png_of(gradient(0)))
        arguments = [*detect, *LOW, picture]
        with open("/dev/full", "wb") as full:
            done = finish(start(checks, arguments, stdout=full, stderr=subprocess.PIPE))
        checks.expect(done.returncode == 2 and b"No space left" in done.stderr and done.stderr.count(b"\n") == 1,
                      arguments, done, "expected a sentence where the disk is full")


def test_progress(checks, detect):
    """A bar on a terminal, and nowhere else."""
    checks.file("progress/one.png", png_of(gradient(0)))
    checks.file("progress/two.png", png_of(gradient(9)))
    arguments = [*detect, *LOW, checks.folder / "progress"]
    plain = checks.run(arguments)
    checks.expect(not plain.stderr, arguments, plain, "expected nothing on stderr that is no terminal")

    terminal, its_end = pty.openpty()
    process = start(checks, arguments, stdout=subprocess.PIPE, stderr=its_end)
    output = process.stdout.read()
    process.wait(timeout=300)
    os.close(its_end)
    shown = os.read(terminal, 10000)
    os.close(terminal)
    done = subprocess.CompletedProcess(arguments, process.returncode, output, shown)
    checks.expect(b"] 1/2" in shown and output == plain.stdout, arguments, done,
                  "expected a bar on the terminal, and the same on stdout")


def test_photos(checks, detect, shared):
    """The objects that PyTorch finds, up to what decoders of JPEG differ by."""
    names = (shared / "weights/fastestdet_coco.names.txt").read_text(encoding="utf-8").splitlines()
    for photo, (width, height) in (("photo_0", (640, 480)), ("photo_1", (640, 480)), ("photo_3", (500, 335))):
        arguments = [*detect, "--json", shared / f"pictures/{photo}.jpg"]
        done = checks.run(arguments)
        (found,) = objects_of(done)
        _, values = read_safetensors(shared / f"golden/fastestdet_coco_{photo}.expected.safetensors")["boxes"]
        rows = list(struct.iter_unpack("<6f", values))
        checks.expect([thing["class"] for thing in found] == [names[int(row[5])] for row in rows], arguments, done,
                      "expected the classes that PyTorch finds")
        for thing, (*fractions, score, _) in zip(found, rows):
            box = [min(max(fraction, 0), 1) * side for fraction, side in zip(fractions, 2 * (width, height))]
            right = (largest_difference([thing["score"]], [score]) < 0.005 and
                     largest_difference(thing["box"], box) < 1)
            checks.expect(right, arguments, done, f"expected {score:.4f} at {box}, not {thing}")


def overlap(a, b):
    """Of two boxes, what both cover of what either does."""
    def area(left, top, right, bottom):
        return max(right - left, 0) * max(bottom - top, 0)

    both = area(max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    return both / (area(*a) + area(*b) - both)


def test_precisions(checks, weights, shared):
    """In bf16 and int8 the photographs' objects of fp32."""
    photos = sorted((shared / "pictures").glob("*.jpg"))
    calibration = checks.folder / "calibration"
    calibration.mkdir()
    for picture in (*photos, *(checks.source / "examples/pictures").glob("*.jpg")):
        shutil.copy(picture, calibration)
    small = checks.folder / "small.safetensors"
    checks.accepts("quantise", "--network", "fastestdet_coco", "--weights", weights, "--calibrate", calibration,
                   "--output", small, words=["calibrated with"])
    expected = objects_of(checks.run(["detect", "--weights", weights, "--json", *photos]))
    for precision, file in (("bf16", weights), ("int8", small)):
        arguments = ["detect", "--precision", precision, "--weights", file, "--json", *photos]
        done = checks.run(arguments)
        for photo, found, wanted in zip(photos, objects_of(done), expected, strict=True):
            checks.expect(len(found) == len(wanted), arguments, done, f"expected {len(wanted)} objects in {photo.name}")
            for thing in wanted:
                same = [other for other in found if other["class"] == thing["class"] and
                        overlap(other["box"], thing["box"]) > 0.9 and abs(other["score"] - thing["score"]) < 0.05]
                checks.expect(len(same) == 1, arguments, done, f"expected {thing} in {photo.name}, not {found}")


def test_film(checks, detect, shared):
    """A film made of a photograph, decoded by ffmpeg: the photograph's objects in every frame."""
    if not shutil.which("ffmpeg"):
        print("skipped: the film, which needs ffmpeg")
        return
    film = checks.folder / "film.mp4"
    quiet = ["ffmpeg", "-v", "error", "-y"]
    subprocess.run([*quiet, "-loop", "1", "-t", "0.4", "-i", shared / "pictures/photo_1.jpg", "-vf", "scale=640:480",
                    "-r", "25", "-pix_fmt", "yuv420p", film], check=True)
    raw = subprocess.run([*quiet, "-i", film, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True,
                         capture_output=True).stdout
    arguments = [*detect, "--json", "--stream", "640x480"]
    done = checks.run(arguments, raw)
    classes = [[thing["class"] for thing in found] for found in objects_of(done)]
    checks.expect(len(classes) == len(raw) // (3 * 640 * 480) and classes == [["bus"]] * len(classes), arguments, done,
                  "expected a bus in every frame")


def main():
    programs, source = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    shared = source / "../shared"
    weights = shared / "weights/fastestdet_coco.safetensors"
    detect = ["detect", "--weights", weights]
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(programs, source, pathlib.Path(folder))
        test_options(checks)
        test_weights(checks, weights)
        if weights.exists():
            for test in (test_pictures, test_drawings, test_streams, test_pipes, test_progress):
                test(checks, detect)
            test_photos(checks, detect, shared)
            test_precisions(checks, weights, shared)
            test_film(checks, detect, shared)
        else:
            print(f"skipped: all that needs FastestDet's weights, since there is no {weights}")
    print(f"{checks.count} checks, {checks.failures} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
