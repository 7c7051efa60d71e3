#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The drawings of networks: well-formed, with a box for every layer, and refused with a sentence.

usage: pictures_test.py PROGRAMS_FOLDER SOURCE_FOLDER
"""
import pathlib
import sys
import tempfile
import xml.etree.ElementTree

from program_checks import Checks

SVG = "{http://www.w3.org/2000/svg}"


def texts_of(picture):
    root = xml.etree.ElementTree.parse(picture).getroot()
    return ["".join(text.itertext()) for text in root.iter(SVG + "text")]


def test_graph(checks):
    picture = checks.folder / "graph.svg"
    arguments = ["inspect", "fastestdet_coco", "--graph", picture]
    done = checks.run(arguments)
    texts = texts_of(picture) if picture.exists() else []

    def has(words, times=1):
        checks.expect(texts.count(words) == times, arguments, done, f"expected '{words}' {times} times in the drawing")

    has("input")
    has("output")
    has("down unit", 3)
    has("3 x ShuffleNetV2 unit", 2)
    has("7 x ShuffleNetV2 unit")
    has("2 x depthwise 5x5")
    has("3 x depthwise 5x5")
    for channels in ("192", "48", "80", "4", "1"):
        has(channels)
    has("96", 6)  # a tap, three branches, and both that are added


def test_refusals(checks):
    nowhere = checks.folder / "no_such_folder"
    for option in ("--graph", "--plan-svg", "--svg"):
        network = "augshufflenet_x0_5_cifar10"
        checks.refuses("inspect", network, option, nowhere / "x.svg", words=["no_such_folder", "cannot be written"],
                       untouched=nowhere)
        checks.refuses("inspect", network, option, "", words=["a file's name was expected"])
    checks.refuses("08_swap_the_backbone", nowhere, words=["no_such_folder", "cannot be written"], untouched=nowhere)


def test_swap(checks):
    checks.accepts("08_swap_the_backbone", checks.folder, words=["244,490", "223,310", "121,491,744", "116,168,712"])
    for name in ("fastestdet_shufflenet_v2", "fastestdet_augshufflenet"):
        texts_of(checks.folder / f"{name}.svg")


def main():
    programs, source = map(pathlib.Path, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(programs, source, pathlib.Path(folder))
        test_graph(checks)
        test_refusals(checks)
        test_swap(checks)
    print(f"{checks.count} checks, {checks.failures} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
