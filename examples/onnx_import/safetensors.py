# SPDX-License-Identifier: BSD-3-Clause
"""Writes tensors as a safetensors file."""

import json
import struct

import numpy as np

TYPES = {"float32": "F32", "float16": "F16", "float64": "F64"}


def write(path, tensors, metadata=None):
    """`tensors` is a dict of arrays; halves stay halves, all else becomes floats."""
    header = {"__metadata__": dict(metadata)} if metadata else {}
    parts, offset = [], 0
    for name, array in tensors.items():
        array = np.ascontiguousarray(array, dtype=np.float16 if array.dtype == np.float16 else np.float32)
        data = array.astype(array.dtype.newbyteorder("<")).tobytes()
        header[name] = {"dtype": TYPES[array.dtype.name], "shape": list(array.shape),
                        "data_offsets": [offset, offset + len(data)]}
        parts.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for data in parts:
            file.write(data)
