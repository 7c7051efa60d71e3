# SPDX-License-Identifier: BSD-3-Clause
"""Reads and writes safetensors files as dictionaries of NumPy arrays (F32, F16, BF16, I64, U8).

NumPy has no bfloat16: BF16 tensors are read as float32, and float32 arrays are written as BF16 on request.
"""

import json
import struct

import numpy as np

NUMPY_TYPES = {"I64": "<i8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "U8": "|u1"}
NAMES = {np.dtype(numpy_type): name for name, numpy_type in NUMPY_TYPES.items() if name != "BF16"}


def bfloat16_bits(array):
    """The upper halves of float32 values, rounded to the nearest even; finite values only."""
    bits = np.ascontiguousarray(array, dtype="<f4").view("<u4").reshape(np.shape(array))
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def float32_of(bits):
    return (bits.astype("<u4") << 16).view("<f4")


def read(path):
    """Returns {name: array} in the order of the file's header."""
    with open(path, "rb") as file:
        (header_bytes,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(header_bytes))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[begin:end], NUMPY_TYPES[entry["dtype"]])
        if entry["dtype"] == "BF16":
            array = float32_of(array)
        tensors[name] = array.reshape(entry["shape"])
    return tensors


def write(path, tensors, bfloat16=False):
    """Writes {name: array}, wide element types first so that each tensor is aligned to its own.

    With `bfloat16`, float32 arrays are stored as BF16.
    """
    entries = []
    for name, array in tensors.items():
        dtype = NAMES[array.dtype]
        if bfloat16 and dtype == "F32":
            dtype, array = "BF16", bfloat16_bits(array)
        entries.append((name, dtype, array))
    entries.sort(key=lambda entry: -entry[2].itemsize)

    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, dtype, array in entries:
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, array in entries:
            file.write(array.tobytes())
