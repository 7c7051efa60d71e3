#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns a PyTorch .pth or .pt file into safetensors.

IN holds a state_dict, or a checkpoint with one under 'state_dict', 'model' or 'net'. A leading 'module.' of
the names, which DataParallel leaves, is dropped. Needs PyTorch 1.13 or newer.
"""

import argparse
import json
import re
import struct
import sys

try:
    import torch
except ImportError:
    print("export_weights.py: needs PyTorch (Debian: python3-torch)", file=sys.stderr)
    sys.exit(2)

DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8",
    torch.bool: "BOOL",
}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(2)


def state_dict_of(path, trusted):
    """The tensors of the file by name; ValueError says what it holds instead."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=not trusted)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # torch.load raises whatever its unpickler does
        found = "cannot read" if trusted else "cannot read without --trust, which can run code from the file"
        raise ValueError(f"{path}: expected a file of torch.save(model.state_dict(), ...), found one that "
                         f"PyTorch {found}") from error
    for key in ("state_dict", "model", "net"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
            break
    if not isinstance(found, dict) or not found:
        raise ValueError(f"{path}: expected a state_dict, found a value of type {type(found).__name__}")
    for name, value in found.items():
        if not isinstance(value, torch.Tensor):
            raise ValueError(f"{path}: expected tensors only, found '{name}' of type {type(value).__name__}")
        if value.dtype not in DTYPES:
            raise ValueError(f"{path}: tensor '{name}' has type {value.dtype}, which safetensors cannot hold")
    return {re.sub(r"^module\.", "", name): value for name, value in found.items()}


def halved(path, name, tensor):
    half = tensor.half()
    if not torch.equal(half.isfinite(), tensor.isfinite()):
        raise ValueError(f"{path}: tensor '{name}' has values too large for F16; leave out --half")
    return half


def write_safetensors(tensors, path):
    """A little-endian length, a JSON header, and the data; wide types first, so that all are aligned."""
    ordered = sorted(tensors.items(), key=lambda item: -item[1].element_size())
    data = [tensor.reshape(-1).view(torch.uint8).numpy().tobytes() for _, tensor in ordered]
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for (name, tensor), raw in zip(ordered, data):
        begin, end = end, end + len(raw)
        dtype, shape = DTYPES[tensor.dtype], list(tensor.shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))


def save(tensors, path):
    open(path, "wb").close()  # an OSError now, whichever writer follows
    try:
        from safetensors.torch import save_file
    except ImportError:
        write_safetensors(tensors, path)
    else:
        save_file(tensors, path, metadata={"format": "pt"})


def main():
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", metavar="IN", help="file made with torch.save")
    parser.add_argument("output", metavar="OUT", help="safetensors file to write")
    parser.add_argument("--half", action="store_true", help="store floating-point tensors as F16")
    parser.add_argument("--trust", action="store_true",
                        help="read all of a checkpoint, not tensors alone: this can run code from the file")
    options = parser.parse_args()
    try:
        tensors = state_dict_of(options.input, options.trust)
        for name, tensor in tensors.items():
            if options.half and tensor.is_floating_point():
                tensor = halved(options.input, name, tensor)
            tensors[name] = tensor.detach().clone(memory_format=torch.contiguous_format)
        save(tensors, options.output)
    except ValueError as error:
        parser.error(error)
    except OSError as error:
        parser.error(f"{options.output}: {error.strerror or error}")
    values = sum(tensor.numel() for tensor in tensors.values())
    print(f"{options.output}: {len(tensors)} tensors, {values:,} values")


if __name__ == "__main__":
    main()
