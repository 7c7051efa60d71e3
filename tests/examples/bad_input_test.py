#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Bad input to the example programs: one sentence on stderr, exit status 2, nothing half done.

usage: bad_input_test.py PROGRAMS_FOLDER SOURCE_FOLDER
"""
import json
import pathlib
import random
import struct
import sys
import tempfile

from program_checks import Checks, edited_header, png

CIFAR_PICTURE = 3 * 32 * 32


def npy(dtype, shape, data=b"", fortran="False", version=b"\x01\x00"):
    header = f"{{'descr': '{dtype}', 'fortran_order': {fortran}, 'shape': {shape}, }}".encode()
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + data


def renamed(old, new):
    return lambda header: {(new if name == old else name): entry for name, entry in header.items()}


def with_shape(name, shape):
    def edit(header):
        header[name]["shape"] = shape
        return header
    return edit


def with_classes(weights, classes):
    """The same network with a linear layer of zeros for so many classes."""
    (length,) = struct.unpack("<Q", weights[:8])
    header, data = {}, b""
    for name, entry in json.loads(weights[8:8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = weights[8 + length + begin:8 + length + end]
        if name.startswith("linear."):
            entry["shape"][0] = classes
            values = bytes(classes * len(values) // 10)
        entry["data_offsets"] = [len(data), len(data) + len(values)]
        header[name], data = entry, data + values
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def test_weights(checks, weights, picture):
    good = weights.read_bytes()
    golden = checks.source / "tests/golden"

    def classify(file, *options, words):
        checks.refuses("classify", "--weights", file, *options, picture, words=words)

    classify(checks.folder / "none.safetensors", words=["no such file"])
    classify(checks.folder, words=["directory"])
    classify(checks.file("empty.safetensors"), words=["0 bytes"])
    classify(checks.file("short.safetensors", good[:5]), words=["5 bytes"])
    classify(checks.file("half.safetensors", good[:len(good) // 2]), words=["out of the file"])
    classify(checks.file("noise.safetensors", random.Random(1).randbytes(5000)), words=["header"])
    classify(checks.file("json.safetensors", struct.pack("<Q", 9) + b'{"a": 1, '), words=["where an object"])
    classify(checks.file("bare.safetensors", struct.pack("<Q", 2) + b"{}"),
             words=["fits no published network"])
    classify(picture, words=["header"])
    # The last bytes of the file belong to some tensor of numbers, which may not be NaN.
    classify(checks.file("nan.safetensors", good[:-4] + struct.pack("<f", float("nan"))),
             words=["not finite"])

    name = "linear.weight"
    classify(checks.file("renamed.safetensors", edited_header(good, renamed(name, "linear.weigh"))),
             words=["nearest, augshufflenet_x0_5_cifar10", "'linear.weight' of shape [10, 1024]",
                    "none of that name"])
    classify(checks.file("shape.safetensors", edited_header(good, with_shape(name, [1024, 10]))),
             words=["nearest, augshufflenet_x0_5_cifar10", "[10, 1024] where the file has [1024, 10]"])

    classify(weights, "--network", "augshufflenet_x1_0_cifar10", words=["[24, 24, 1, 1] where [60, 24"])
    classify(weights, "--network", "augshufflenet_x0_5_cifar100", words=["[10, 1024] where [100, 1024]"])
    classify(weights, "--network", "shufflenetv2_cifar_x0_5_cifar10", words=["missing"])
    fits = "the file is one of augshufflenet_x0_5_cifar10"
    classify(weights, "--network", "torchvision_shufflenet_v2_x0_5", words=["missing", fits])
    for variant in ("article", "plus"):
        classify(weights, "--network", f"augshufflenet_{variant}_x0_5_cifar10",
                 words=["missing", fits])
        other = golden / f"augshufflenet_{variant}_x0_5_cifar10.safetensors"
        classify(other, "--network", "augshufflenet_x0_5_cifar10", words=["missing"])
    # Another split ratio and another size of picture are networks that nobody published.
    classify(golden / "augshufflenet_port_x0_5_ratio_1_4.safetensors",
             words=["nearest, augshufflenet_x0_5_cifar10"])

    classify(checks.file("seven.safetensors", with_classes(good, 7)),
             words=["nearest, augshufflenet_x0_5_cifar10", "[10, 1024] where the file has [7, 1024]"])
    classify(checks.file("hundred.safetensors", with_classes(good, 100)),
             "--network", "augshufflenet_x0_5_cifar10", words=["[100, 1024] where [10, 1024]"])

    detector = checks.source / "../shared/weights/fastestdet_coco.safetensors"
    if detector.exists():
        classify(detector, words=["fastestdet_coco: is no classifier", "85 x 22 x 22"])
    else:
        print(f"skipped: a detector where a classifier is expected, since {detector} is not there")

    classify(weights, "--network", "augshufflenet_x05",
             words=["nearest names are shufflenet_v1, augshufflenet_x0_5_cifar10 and augshufflenet_x1_0_cifar10"])


def test_pictures(checks, picture):
    jpeg = picture.read_bytes()
    pictures = checks.source / "tests/pictures"
    rows = b"".join(b"\0" + bytes([y, 2 * y, 200]) * 60 for y in range(60))
    good_png = png(60, 60, rows)
    good = checks.file("pictures/good.png", good_png)
    checks.accepts("classify", good, words=["good.png"])

    def classify(file, words):
        checks.refuses("classify", file, words=words)

    classify(checks.folder / "none.jpg", ["no such file"])
    classify(checks.file("empty.png"), ["empty"])
    classify(checks.file("half.jpg", jpeg[:len(jpeg) // 2]), ["truncated"])
    classify(checks.file("half.png", good_png[:len(good_png) // 2]), ["truncated"])
    classify(checks.file("signature.png", good_png[:10]), ["truncated"])
    classify(checks.file("text.png", b"This is not a picture.\n"), ["not a PNG, JPEG or BMP"])
    classify(checks.file("rows.png", png(60, 60, rows[:1000])), ["cannot be decoded"])
    classify(checks.file("huge.png", png(20000, 20000)), ["20000 x 20000"])
    classify(checks.file("nothing.png", png(0, 0)), ["0 x 0"])
    classify(checks.file("new\nline.png"), ["empty"])
    classify(pictures / "one_pixel.png", ["1 x 1"])
    classify(pictures / "cmyk.jpg", ["CMYK"])
    classify(checks.file("notes/readme.txt").parent, ["no PNG, JPEG or BMP picture"])

    # The others are classified all the same.
    checks.refuses("classify", good, checks.folder / "none.png", picture, words=["none.png"],
                   keeps=picture.name)
    checks.refuses("classify", "--json", good, checks.folder / "none.png", words=["none.png"],
                   keeps="probability")
    checks.accepts("classify", good.parent, words=["good.png"])


def test_options(checks, picture):
    labels = [f"label {i}" for i in range(10)]
    checks.accepts("classify", "--labels", checks.file("ten.txt", "\n".join(labels).encode()), picture,
                   words=["label "])
    checks.accepts("classify", "--labels", checks.file("crlf.txt", "\r\n".join(labels + [""]).encode()),
                   picture)
    checks.refuses("classify", "--labels", checks.file("nine.txt", "\n".join(labels[1:]).encode()), picture,
                  words=["9 labels where 10"])
    checks.refuses("classify", "--labels", checks.file("none.txt"), picture, words=["0 labels where 10"])
    checks.refuses("classify", "--labels", checks.folder, picture, words=["directory"])
    checks.refuses("classify", "--labels", checks.folder / "no.txt", picture, words=["no such file"])

    checks.refuses("classify", words=["required"])
    checks.refuses("classify", "--colour", picture, words=["--colour"])
    checks.refuses("classify", "--top", "0", picture, words=["--top"])
    checks.refuses("classify", "--top", "many", picture, words=["--top"])
    checks.refuses("classify", "--json", "--summary", picture, words=["--json"])
    checks.refuses("evaluate", words=["required"])
    checks.refuses("forward", words=["required"])
    for program in ("classify", "evaluate", "forward"):
        checks.accepts(program, "--help", words=["Usage", "--weights"])


def record(label, seed):
    return bytes([label]) + random.Random(seed).randbytes(CIFAR_PICTURE)


def test_data_sets(checks, weights):
    records = [record(i % 10, i) for i in range(20)]
    hundred = bytes([7]) + record(0, 1)

    def folder(name, files):
        for file, content in files.items():
            checks.file(f"{name}/{file}", content)
        (checks.folder / name).mkdir(exist_ok=True)
        return checks.folder / name

    def evaluate(data, words, *options):
        checks.refuses("evaluate", "--weights", weights, "--data", data, *options, words=words)

    good = folder("data", {"test_batch.bin": b"".join(records)})
    checks.accepts("evaluate", "--weights", weights, "--data", good, words=["top-1 ", "/20 (", "confusion"])
    checks.accepts("evaluate", "--weights", weights, "--data", good, "--json", words=['"top1"', '"top5"'])

    evaluate(checks.folder / "nowhere", ["nowhere"])
    evaluate(folder("no_files", {}), ["no_files"])
    evaluate(weights, [weights.name])
    evaluate(folder("is_empty", {"test_batch.bin": b""}), ["test_batch.bin"])
    evaluate(folder("cut", {"test_batch.bin": b"".join(records)[:-7]}), ["test_batch.bin", "3073"])
    evaluate(folder("label", {"test_batch.bin": records[0] + record(10, 2)}), ["test_batch.bin", "10"])
    evaluate(folder("directory", {"test_batch.bin/file": b""}), ["directory"])
    evaluate(folder("hundred", {"test.bin": hundred}), ["test_batch.bin (CIFAR-10)"])
    evaluate(good, ["nearest names"], "--network", "lenet")

    def evaluate_100(data, words):
        checks.refuses("evaluate", "--weights", weights_100, "--data", data, words=words)

    weights_100 = checks.file("hundred.safetensors", with_classes(weights.read_bytes(), 100))
    checks.accepts("evaluate", "--weights", weights_100, "--data", folder("hundred", {}),
                   words=["top-1 1/1 (100.00 %)"])
    evaluate_100(good, ["test.bin (CIFAR-100)"])
    evaluate_100(folder("cut100", {"test.bin": hundred[:-1]}), ["test.bin", "3074"])
    evaluate_100(folder("label100", {"test.bin": hundred + bytes([19, 100]) + hundred[2:]}),
                 ["test.bin", "100"])
    evaluate_100(folder("coarse100", {"test.bin": hundred + bytes([20, 99]) + hundred[2:]}),
                 ["test.bin", "20"])
    checks.refuses("evaluate", "--weights", checks.folder / "none.safetensors", "--data", good,
                   words=["no such file"])


def test_arrays(checks, weights):
    zeros = bytes(4 * CIFAR_PICTURE)
    output = checks.folder / "y.npy"
    network = "augshufflenet_x0_5_cifar10"

    def forward(content, words, to=output, name=network):
        path = checks.file("x.npy", content) if isinstance(content, bytes) else content
        checks.refuses("forward", "--network", name, "--weights", weights, "--input", path, "--output", to,
                       words=words, untouched=output)

    one = npy("<f4", (3, 32, 32), zeros)
    forward(checks.folder / "none.npy", ["no such file"])
    forward(checks.folder, ["is a directory"])
    forward(b"", ["x.npy"])
    forward(b"not an array at all, but long enough to be one" * 4, ["x.npy"])
    forward(one[:60], ["x.npy"])
    forward(one[:-1], ["x.npy"])
    forward(one + b"x", ["x.npy"])
    forward(npy("<f2", (3, 32, 32), zeros[:2 * CIFAR_PICTURE]), ["float32"])
    forward(npy(">f4", (3, 32, 32), zeros), ["float32"])
    forward(npy("<f4", (3, 32, 32), zeros, fortran="True"), ["Fortran"])
    forward(npy("|u1", (3, 32, 32), zeros[:CIFAR_PICTURE]), ["float32"])
    forward(npy("<f4", (3, 32), zeros[:384]), ["(3, 32)", "(3, 32, 32)"])
    forward(npy("<f4", (32, 32, 3), zeros), ["(32, 32, 3)", "(3, 32, 32)"])
    forward(npy("<f4", (2, 3, 32, 31), bytes(4 * 2 * 3 * 32 * 31)), ["(2, 3, 32, 31)", "(3, 32, 32)"])
    forward(npy("<f4", (0, 3, 32, 32)), ["(0, 3, 32, 32)", "empty"])
    forward(npy("<f4", (2**40, 2**40, 2**40)), ["x.npy"])
    forward(npy("<f4", "()", zeros[:4]), ["(3, 32, 32)"])
    forward(npy("<f4", "(3, -32, 32)", zeros), ["x.npy"])
    forward(one, ["nearest names"], name="resnet50")
    forward(one, ["no_such_folder"], to=checks.folder / "no_such_folder/y.npy")
    forward(one, [checks.folder.name], to=checks.folder)

    path = checks.file("x.npy", one)
    checks.accepts("forward", "--network", network, "--weights", weights, "--input", path, "--output", output)
    checks.accepts("forward", "--list", words=[network, "torchvision_shufflenet_v2_x2_0"])


def main():
    programs, source = map(pathlib.Path, sys.argv[1:3])
    weights = source / "examples/weights/augshufflenet_x0_5_cifar10.safetensors"
    picture = source / "examples/pictures/cat.jpg"
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(programs, source, pathlib.Path(folder))
        test_weights(checks, weights, picture)
        test_pictures(checks, picture)
        test_options(checks, picture)
        test_data_sets(checks, weights)
        test_arrays(checks, weights)
    print(f"{checks.count} checks, {checks.failures} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
