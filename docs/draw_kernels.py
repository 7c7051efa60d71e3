#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draws docs/pictures/kernels.svg: how kernels cut their work.

usage: docs/draw_kernels.py [--check]

With --check it draws nothing, and fails if the picture is not what it would draw.
"""
import pathlib
import sys

INK, FAINT, PAPER = "#24292f", "#8c959f", "#ffffff"
INPUT, WEIGHT, OUTPUT, IDLE = "#9ecae1", "#fdd0a2", "#a1d99b", "#eaeef2"
CELL = 15


class Drawing:
    def __init__(self, width, height):
        self.width, self.height, self.parts = width, height, []

    def cell(self, x, y, colour, width=CELL, height=CELL, label=""):
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}" '
                          f'stroke="{PAPER}" stroke-width="1.5"/>')
        if label:
            self.text(x + width / 2, y + height / 2 + 3.5, label, 9, anchor="middle")

    def frame(self, x, y, width, height):
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" '
                          f'stroke="{INK}" stroke-width="1.6"/>')

    def text(self, x, y, words, size=11, colour=INK, anchor="start", weight="normal"):
        self.parts.append(f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
                          f'font-weight="{weight}">{words}</text>')

    def heading(self, x, y, title, below):
        self.text(x, y, title, 14, weight="bold")
        self.text(x, y + 17, below, 11, FAINT)

    def arrow(self, x1, y1, x2, y2):
        self.parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{INK}" '
                          'marker-end="url(#head)"/>')

    def svg(self):
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" font-family="sans-serif">',
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{INK}"/></marker></defs>',
            f'<rect width="{self.width}" height="{self.height}" fill="{PAPER}"/>',
            *self.parts, "</svg>", ""])


def grid(d, x, y, rows, columns, colour, chosen=lambda row, column: True, width=CELL):
    for row in range(rows):
        for column in range(columns):
            d.cell(x + column * width, y + row * CELL, colour if chosen(row, column) else IDLE, width)


def planes(d, x, y):
    d.heading(x, y, "Pointwise, planes", "a vector is 16 pixels of one channel; a weight goes to all lanes")
    wide = 34
    grid(d, x + 150, y + 48, 6, 8, INPUT, lambda _, column: column < 4, wide)
    d.text(x + 150, y + 42, "inputs: a channel a row, any slots of the workspace", 10)
    grid(d, x + 20, y + 170, 8, 6, WEIGHT, lambda row, _: row < 4)
    d.text(x + 20, y + 164, "weights, a panel", 10)
    grid(d, x + 150, y + 170, 8, 8, OUTPUT, lambda row, column: row < 4 and column < 4, wide)
    d.text(x + 150, y + 164, "outputs: the tile's 4 x 4 sums stay in registers", 10)
    d.frame(x + 150, y + 170, 4 * wide, 4 * CELL)
    d.arrow(x + 112, y + 200, x + 146, y + 200)
    d.arrow(x + 150 + 2 * wide, y + 140, x + 150 + 2 * wide, y + 152)


def groups(d, x, y):
    d.heading(x, y, "Pointwise, groups", "a vector is 16 channels of one pixel; an input goes to all lanes")
    wide = 34
    grid(d, x + 170, y + 48, 6, 10, INPUT, lambda _, column: column < 8, 20)
    d.text(x + 170, y + 42, "inputs: single values, of planes or of groups", 10)
    grid(d, x + 20, y + 170, 5, 4, WEIGHT, lambda row, _: row < 3, wide)
    d.text(x + 20, y + 164, "weights: vectors of outputs", 10)
    grid(d, x + 170, y + 170, 5, 10, OUTPUT, lambda row, column: row < 3 and column < 8, 20)
    d.text(x + 170, y + 164, "outputs: 3 vectors x 8 pixels in registers", 10)
    d.frame(x + 170, y + 170, 8 * 20, 3 * CELL)
    d.arrow(x + 158, y + 193, x + 167, y + 193)
    d.arrow(x + 170 + 80, y + 140, x + 170 + 80, y + 152)


def rows(d, x, y):
    d.heading(x, y, "3 x 3 of stride 1, row by row",
              "three loads a row, a column apart; a row serves three output rows")
    for row, name in enumerate(["above", "here", "below"]):
        for tap, shift in enumerate([-1, 0, 1]):
            left = x + 62 + tap * 120
            for lane in range(7):
                border = (tap == 0 and lane == 0) or (tap == 2 and lane == 6)
                d.cell(left + lane * CELL, y + 40 + row * 22, IDLE if border else INPUT,
                       label="0" if border else str(lane + shift))
        d.text(x + 54, y + 51 + row * 22, name, 10, anchor="end")
    d.arrow(x + 30, y + 96, x + 30, y + 118)
    d.text(x + 62, y + 122, "the next row: below becomes here, here becomes above", 10)


def even_odd(d, x, y):
    d.heading(x, y, "3 x 3 of stride 2: even and odd columns",
              "blocks of four lanes do not mix: nearly free; one shuffle of the sums restores order")
    left, right = [f"a{i}" for i in range(8)], [f"b{i}" for i in range(8)]
    for i, label in enumerate(left + right):
        d.cell(x + 20 + i * 20 + (10 if i >= 8 else 0), y + 40, INPUT if i % 2 == 0 else WEIGHT, 20,
               label=label)
    even = [left[0], left[2], right[0], right[2], left[4], left[6], right[4], right[6]]
    odd = [name[0] + str(int(name[1]) + 1) for name in even]
    for labels, at, colour in ((even, 0, INPUT), (odd, 170, WEIGHT)):
        for i, label in enumerate(labels):
            d.cell(x + 20 + at + i * 20, y + 92, colour, 20, label=label)
    d.arrow(x + 100, y + 60, x + 100, y + 88)
    d.arrow(x + 270, y + 60, x + 270, y + 88)
    d.text(x + 20, y + 122, "even columns, block by block", 10)
    d.text(x + 190, y + 122, "odd columns", 10)


def shared_pixels(d, x, y):
    d.heading(x, y, "The last four pixels of a plane",
              "14 x 14 is 12 vectors and 4 pixels: four outputs share a vector")
    for block in range(4):
        for pixel in range(4):
            at = x + 62 + (block * 4 + pixel) * 20 + block * 4
            d.cell(at, y + 40, INPUT, 20, label=f"x{pixel}")
            d.cell(at, y + 62, WEIGHT, 20, label=f"w{block}")
            d.cell(at, y + 92, OUTPUT, 20, label=f"{block},{pixel}")
    for words, at in (("pixels", 51), ("weights", 73), ("sums", 103)):
        d.text(x + 54, y + at, words, 10, anchor="end")
    d.text(x + 62, y + 126, "sums are numbered by output and pixel", 10)


def flat(d, x, y):
    d.heading(x, y, "Any window, any width: a plane as one row",
              "taps of one column shift are summed, then the sums are shifted")
    for row, (name, colour) in enumerate([("left taps", INPUT), ("own taps", WEIGHT), ("right taps", OUTPUT)]):
        shift = (row - 1) * -CELL
        for lane in range(16):
            d.cell(x + 92 + lane * CELL + shift, y + 40 + row * 22, colour)
        d.text(x + 66, y + 51 + row * 22, name, 10, anchor="end")
    d.frame(x + 92, y + 37, 16 * CELL, 66)
    d.text(x + 92, y + 122, "masks drop what crosses the edge of a row", 10)


def draw():
    d = Drawing(960, 660)
    planes(d, 24, 34)
    groups(d, 500, 34)
    rows(d, 24, 356)
    even_odd(d, 500, 356)
    flat(d, 24, 516)
    shared_pixels(d, 500, 516)
    return d.svg()


def main(arguments):
    target = pathlib.Path(__file__).parent / "pictures/kernels.svg"
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    if arguments:
        return 0 if target.read_text(encoding="utf-8") == draw() else 1
    target.write_text(draw(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
