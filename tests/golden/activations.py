#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes activations.safetensors: values (`input`), and what PyTorch's activations make of them.

PyTorch works in double precision, so that what is left are roundings to F32.
"""

import pathlib

import numpy as np
import torch
from torch.nn import functional

import safetensors_file

MAGNITUDES = [0, 1e-38, 1e-30, 1e-10, 1e-6, 1e-3, 0.1, 0.25, 0.3465, 0.5, 1, 1.5, 2, 2.5, 2.999, 3, 3.001, 4, 5,
              6, 6.5, 8, 9.9, 10.1, 12.9, 13.1, 16, 20, 30, 43.5, 50, 86.9, 87.1, 88.5, 100, 1e4, 1e20, 1e38, np.inf]

# By the tensor's name.
FUNCTIONS = {
    "relu": functional.relu,
    "relu6": functional.relu6,
    "clip": lambda x: functional.hardtanh(x, -0.75, 2.5),
    "leaky_relu": functional.leaky_relu,
    "leaky_relu_2": lambda x: functional.leaky_relu(x, 2),
    "elu": functional.elu,
    "elu_0.5": lambda x: functional.elu(x, 0.5),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "hard_sigmoid": functional.hardsigmoid,
    "hard_sigmoid_0.2": lambda x: torch.clip(x * 0.2 + 0.5, 0, 1),  # as Keras and ONNX define it
    "hard_swish": functional.hardswish,
    "silu": functional.silu,
    "gelu": functional.gelu,
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
}


def main():
    values = np.array([sign * size for size in MAGNITUDES for sign in (1, -1)] + [np.nan], dtype=np.float32)
    tensors = {"input": values}
    for name, function in FUNCTIONS.items():
        with np.errstate(over="ignore"):
            tensors[name] = function(torch.from_numpy(values.astype(np.float64))).numpy().astype(np.float32)
    safetensors_file.write(pathlib.Path(__file__).parent / "activations.safetensors", tensors)


if __name__ == "__main__":
    main()
