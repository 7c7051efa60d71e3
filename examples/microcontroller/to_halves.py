#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rounds the weights of a safetensors file of F32 to the nearest F16, for a file of half the size. Vectors stay F32:
biases and what belongs to norms, whose rounding would show.

usage: to_halves.py FROM TO
"""
import json
import pathlib
import struct
import sys


def rounded(entry, data):
    """The dtype and bytes of a tensor afterwards."""
    if entry["dtype"] != "F32" or len(entry["shape"]) < 2:
        return entry["dtype"], data
    values = struct.unpack(f"<{len(data) // 4}f", data)
    return "F16", struct.pack(f"<{len(values)}e", *values)


def main(source, target):
    content = pathlib.Path(source).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8:8 + length]), content[8 + length:]
    metadata = header.pop("__metadata__", None)
    tensors, bytes_so_far, parts = {}, 0, []
    # The widest values first, so that each lies at a multiple of its size.
    for name, entry in sorted(header.items(), key=lambda item: len(item[1]["shape"])):
        dtype, values = rounded(entry, data[slice(*entry["data_offsets"])])
        tensors[name] = {"dtype": dtype, "shape": entry["shape"],
                         "data_offsets": [bytes_so_far, bytes_so_far + len(values)]}
        bytes_so_far += len(values)
        parts.append(values)
    if metadata:
        tensors = {"__metadata__": metadata, **tensors}
    text = json.dumps(tensors, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(target).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
