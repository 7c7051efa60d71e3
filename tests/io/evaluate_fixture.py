#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes evaluate.expected.safetensors: PyTorch's logits of the bundled weights for 200 made-up pictures.

Needs Debian's python3-torch and python3-torchvision. evaluate_test.cpp makes the same pictures itself: bytes
of a linear congruential generator, each filling a square of 8 x 8 pixels, plane by plane, row by row.
"""
import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "golden"))

import generate  # noqa: E402
import safetensors_file  # noqa: E402

PICTURES = 200
WEIGHTS = HERE.parent.parent / "examples/weights/augshufflenet_x0_5_cifar10.safetensors"


def bytes_of_generator(count):
    state, made = 1, bytearray()
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        made.append(state >> 24)
    return np.frombuffer(bytes(made), np.uint8)


def main():
    squares = bytes_of_generator(PICTURES * 3 * 4 * 4).reshape(PICTURES, 3, 4, 4)
    pictures = squares.repeat(8, axis=2).repeat(8, axis=3)

    model = generate.augshufflenet("port", generate.Layout(generate.AUG_SHUFFLE_WIDTHS["0.5x"]))
    state = {name: torch.from_numpy(value.copy()) for name, value in safetensors_file.read(WEIGHTS).items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        sys.exit(f"{WEIGHTS} does not fit: {missing} {unexpected}")
    with torch.no_grad():
        logits = model.eval()(torch.from_numpy(pictures.astype(np.float32) / 255)).numpy()
    safetensors_file.write(HERE / "evaluate.expected.safetensors", {"logits": logits})
    print(np.bincount(logits.argmax(axis=1), minlength=10))


if __name__ == "__main__":
    main()
