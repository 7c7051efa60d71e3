#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""build/examples/quantise, what the other programs do with its files and with --precision, and refusals: one sentence
on stderr, exit status 2.

usage: quantise_test.py PROGRAMS_FOLDER SOURCE_FOLDER
"""
import pathlib
import sys
import tempfile

from program_checks import Checks, edited_header, png
from train_test import tiny_cifar

NETWORK = "augshufflenet_x0_5_cifar10"
SIZE = 40


def one_colour(value):
    return png(SIZE, SIZE, (b"\0" + bytes([value]) * 3 * SIZE) * SIZE)


def test_file(checks, weights, data):
    """A file made of pictures in a folder, and all programs that read it."""
    pictures = checks.source / "examples/pictures"
    small = checks.folder / "small.safetensors"
    losses = checks.folder / "losses.svg"
    checks.accepts("quantise", "--network", NETWORK, "--weights", weights, "--calibrate", pictures, "--output", small,
                   "--drawing", losses, "--test", data,
                   words=["signal to noise", "most is lost by", "of 10; the same class for", "calibrated with 7"])
    drawn = losses.read_text()
    done = checks.run(["quantise", "--help"])
    checks.expect(drawn.startswith("<svg") and drawn.count("<rect") > 20, [losses], done,
                  "expected a bar for each call")
    for precision, file in (("bf16", weights), ("int8", small)):
        checks.accepts("classify", "--precision", precision, "--weights", file, pictures / "cat.jpg", "--top", 1,
                       words=["cat"])
        checks.accepts("evaluate", "--precision", precision, "--weights", file, "--data", data, words=["top-1"])
        checks.accepts("inspect", "--precision", precision, NETWORK, "--plan", words=["conversion"])
    checks.accepts("classify", "--precision", "f32", "--weights", weights, pictures / "cat.jpg", words=["cat"])

    checks.refuses("classify", "--weights", small, pictures, words=["int8"])
    checks.refuses("classify", "--precision", "int8", "--weights", weights, pictures, words=["holds floats"])
    checks.refuses("classify", "--precision", "int8", "--network", "augshufflenet_plus_x0_5_cifar100", "--weights",
                   small, pictures, words=["another network"])
    checks.refuses("classify", "--precision", "fp64", pictures, words=["fp64 where fp32, bf16 or int8"])
    checks.refuses("classify", "--precision", "int8", "--network", "augshufflenet_x1_5_cifar10", "--weights", small,
                   pictures, words=["is not among the networks"])
    checks.refuses("inspect", "--precision", "int8", "lenet", words=["there is no network 'lenet'"])
    content = small.read_bytes()
    cut = checks.file("cut.safetensors", content[:-7])
    checks.refuses("evaluate", "--precision", "int8", "--weights", cut, "--data", data, words=["cut.safetensors"])

    def without(header):
        return {name: entry for name, entry in header.items() if name != "plait.input.scale"}

    lacking = checks.file("lacking.safetensors", edited_header(content, without))
    checks.refuses("evaluate", "--precision", "int8", "--weights", lacking, "--data", data,
                   words=["lacking.safetensors"])


def test_pictures(checks, weights, data):
    """What is calibrated with."""
    output = checks.folder / "none.safetensors"

    def refuses(folder, words, *options, network=NETWORK):
        checks.refuses("quantise", "--network", network, "--weights", weights, "--calibrate", folder, "--output",
                       output, *options, words=words, untouched=output)

    empty = checks.folder / "empty"
    empty.mkdir()
    refuses(empty, ["has no PNG, JPEG or BMP picture"])
    refuses(checks.folder / "nowhere", ["no such directory"])
    refuses(weights, ["is a file where a directory"])
    refuses(checks.file("text/readme.txt").parent, ["has no PNG, JPEG or BMP picture"])
    refuses(checks.file("grey/one.png", one_colour(90)).parent, ["colour"])
    refuses(checks.file("broken/one.png", b"no picture").parent, ["one.png"])
    checks.file("classes/a/one.png", one_colour(9))
    (checks.folder / "classes/b").mkdir()
    refuses(checks.folder / "classes", ["b: has no PNG"])
    refuses(data, ["there is no network"], network="lenet")
    refuses(data, ["is not among the networks"], network="torchvision_resnet18")
    refuses(data, ["holds CIFAR where pictures for fastestdet_coco"], network="fastestdet_coco")
    refuses(data, ["--pictures"], "--pictures", 0)
    refuses(data, ["has no sub-folders"], "--test", checks.folder / "grey")
    refuses(data, ["no such directory"], "--test", checks.folder / "nowhere")
    done = checks.run(["quantise", "--network", NETWORK, "--weights", weights, "--calibrate", data, "--output", output])
    checks.expect(done.returncode == 0 and b"look like noise" in done.stderr, ["quantise"], done,
                  "expected a warning of pictures of noise")


def main():
    programs, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    weights = source / "examples/weights/augshufflenet_x0_5_cifar10.safetensors"
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(programs, source, pathlib.Path(folder))
        data = tiny_cifar(checks.folder / "cifar")
        test_file(checks, weights, data)
        test_pictures(checks, weights, data)
        print(f"{checks.count} checks, {checks.failures} failed")
        return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
