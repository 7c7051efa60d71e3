#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes what fuzzing begins with: small files of each format, sound ones and such as break one rule each.

usage: make_seeds.py OUTPUT_FOLDER

Makes OUTPUT_FOLDER/load, quantised, json, picture, cifar and npy, with the same bytes each time.
"""
import json
import pathlib
import shutil
import struct
import sys
import zlib

SOURCES = pathlib.Path(__file__).resolve().parents[2]


# --- safetensors -----------------------------------------------------------------------------------------------------

def convolution(branch, number, dimensions):
    """A convolution and its norm, as load_fuzz.cpp's network names them."""
    norm = f"{branch}.{number + 1}"
    tensors = {f"{branch}.{number}.weight": dimensions}
    for part in ("weight", "bias", "running_mean", "running_var"):
        tensors[f"{norm}.{part}"] = [dimensions[0]]
    return tensors


SMALL = {
    **convolution("0", 0, [6, 3, 1, 1]),
    **convolution("1.branch2", 0, [3, 2, 1, 1]),
    **convolution("1.branch2", 3, [3, 1, 3, 3]),
    **convolution("1.branch2", 5, [6, 1, 1, 1]),
    "3.weight": [2, 12],
    "3.bias": [2],
}

EXAMPLE = {"plait.example.input": [1, 3, 4, 4], "plait.example.output0": [1, 2]}


def count(dimensions):
    product = 1
    for dimension in dimensions:
        product *= dimension
    return product


def stored(value, dtype):
    """One value of a dtype, in bytes."""
    if dtype == "BF16":
        return struct.pack("<f", value)[2:]
    return struct.pack({"F32": "<f", "F16": "<e", "F64": "<d", "I64": "<q", "U8": "<B", "I8": "<b",
                         "I32": "<i"}[dtype], value)


def entry(dtype, shape, begin, end, **more):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end], **more}


def safetensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def network(dtype="F32", dimensions=None, values=None, metadata=None, other=None):
    """A file for load_fuzz.cpp's network; `values`: {name: value of all its elements}; `other`: {name: dtype}."""
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for number, (name, shape) in enumerate((SMALL | (dimensions or {})).items()):
        if shape is None:
            continue
        kind = (other or {}).get(name, dtype)
        value = (values or {}).get(name, 0 if kind in ("I64", "U8") else 0.25 + number % 5 / 8)
        begin = len(data)
        data += stored(value, kind) * count(shape)
        header[name] = entry(kind, shape, begin, len(data))
    return safetensors(header, data)


def load_seeds():
    seeds = {f"network_{dtype}": network(dtype) for dtype in ("F32", "F16", "BF16", "F64", "I64")}
    counted = {"0.1.num_batches_tracked": []}
    seeds |= {
        "network_counted": network(dimensions=counted, other={"0.1.num_batches_tracked": "I64"}),
        "network_mixed": network(other={"0.0.weight": "BF16", "0.1.bias": "F16"}, metadata={"format": "pt"}),
        "network_wrong_type": network(other={"3.bias": "U8"}),
        "network_wrong_shape": network(dimensions={"0.0.weight": [3, 6, 1, 1]}),
        "network_missing": network(dimensions={"1.branch2.4.running_var": None}),
        "network_missing_bias": network(dimensions={"3.bias": None}),
        "network_unexpected": network(dimensions={"extra": [2]}),
        "network_not_a_number": network(values={"0.1.weight": float("nan")}),
        "network_infinite": network("F16", values={"3.weight": float("inf")}),
        "network_negative_variance": network(values={"0.1.running_var": -1.0}),
        "network_no_variance": network(values={"0.1.running_var": 0.0}),
        "network_huge": network(values={"0.1.weight": 3e38, "0.0.weight": 3e38, "0.1.running_var": 0.0}),
        "network_huge_linear": network(values={"3.weight": 3e38}),
        "network_huge_double": network("F64", values={"0.1.weight": 1e300}),
        "network_infinite_double": network("F64", values={"3.bias": float("-inf")}),
        "network_subnormal_double": network("F64", values={"0.0.weight": 5e-324}),
        "network_subnormal": network(values={"0.0.weight": 1e-45}),
        "network_subnormal_half": network("F16", values={"0.0.weight": -1e-7}),
        "network_with_example": network(dimensions=EXAMPLE),
        "network_with_example_of_zeros": network(dimensions=EXAMPLE, values=dict.fromkeys(SMALL | EXAMPLE, 0.0)),
        "network_with_half_an_example": network(dimensions={"plait.example.input": [3, 4, 4]}),
        "network_with_a_wrong_example": network(dimensions=EXAMPLE | {"plait.example.output0": [3]}),
        "network_wrapped": network(dimensions=dict.fromkeys(SMALL) | {"module." + n: s for n, s in SMALL.items()}),
        "network_cut": network()[:-8],
        "network_longer": network() + b"\0" * 4,
    }
    names_of_others = {
        "fastestdet": ["detect_head.conv1x1.conv1x1.0.weight"],
        "torchvision": ["stage2.0.branch1.0.weight"],
        "article": ["stages.0.1.transform.0.weight"],
        "port": ["stages.0.0.branch1.0.weight"],
        "mobilenet": ["features.1.conv.0.0.weight"],
        "resnet": ["layer1.0.conv1.weight", "fc.weight"],
        "plus": ["layer1.0.conv1.weight", "conv5.weight"],
        "shufflenet_plus": ["layer1.0.conv1.weight", "conv2.weight"],
    }
    for name, names in names_of_others.items():
        header = {n: entry("F32", [1], 4 * i, 4 * i + 4) for i, n in enumerate(names)}
        seeds["other_" + name] = safetensors(header, b"\0" * 4 * len(names))

    one = entry("F32", [1], 0, 4)
    four = b"\0\0\x80\x3f"
    seeds |= {
        "empty": b"",
        "too_short": b"\x02\0\0",
        "no_tensors": safetensors({}),
        "length_beyond": struct.pack("<Q", 1 << 63) + b"{}",
        "length_cut": struct.pack("<Q", 100) + b"{}",
        "not_an_object": safetensors([]),
        "zero_in_header": safetensors(b"{}\0 "),
        "not_json": safetensors(b'{"a":'),
        "not_utf8": safetensors(b'{"\xff":{}}'),
        "deep": safetensors(b'{"a":' * 200),
        "deep_array": safetensors(b'{"a":{"shape":' + b"[" * 200),
        "tail": safetensors(b"{} {}"),
        "spaces": safetensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}      ', four),
        "escapes": safetensors({"a\n\"\\é\u4e00\U0001f600": one, "__metadata__": {"k\u0000": "v\u001f"}}, four),
        "metadata": safetensors({"__metadata__": {"b": "1", "a": "2"}, "x": one}, four),
        "metadata_twice": safetensors(b'{"__metadata__":{},"__metadata__":{}}'),
        "metadata_key_twice": safetensors(b'{"__metadata__":{"a":"","a":""}}'),
        "metadata_number": safetensors({"__metadata__": {"a": 1}}),
        "metadata_text": safetensors({"__metadata__": "a"}),
        "metadata_nested": safetensors({"__metadata__": {"a": {}}}),
        "tensor_twice": safetensors(b'{"a":%s,"a":%s}' % ((json.dumps(one).encode(),) * 2), four),
        "tensor_null": safetensors({"a": None}),
        "tensor_true": safetensors({"a": True}),
        "tensor_array": safetensors({"a": [1]}),
        "tensor_negative": safetensors({"a": -1}),
        "tensor_fraction": safetensors({"a": 1.5}),
        "tensor_object_inside": safetensors({"a": {"shape": {}}}),
        "no_dtype": safetensors({"a": {"shape": [1], "data_offsets": [0, 4]}}, four),
        "no_shape": safetensors({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, four),
        "no_offsets": safetensors({"a": {"dtype": "F32", "shape": [1]}}, four),
        "unknown_field": safetensors({"a": entry("F32", [1], 0, 4, more=1)}, four),
        "dtype_unknown": safetensors({"a": entry("F8_E4M3", [4], 0, 4)}, four),
        "dtype_number": safetensors({"a": entry(1, [1], 0, 4)}, four),
        "shape_text": safetensors({"a": entry("F32", "1", 0, 4)}, four),
        "shape_of_text": safetensors({"a": entry("F32", ["1"], 0, 4)}, four),
        "shape_nested": safetensors({"a": entry("F32", [[1]], 0, 4)}, four),
        "shape_negative": safetensors({"a": entry("F32", [-1], 0, 4)}, four),
        "shape_fraction": safetensors({"a": entry("F32", [1.5], 0, 4)}, four),
        "shape_too_large": safetensors({"a": entry("F32", [1 << 63], 0, 4)}, four),
        "shape_beyond_64_bits": safetensors({"a": entry("F32", [1 << 32, 1 << 32], 0, 4)}, four),
        "shape_of_many": safetensors({"a": entry("F32", [1] * 1000, 0, 4)}, four),
        "shape_empty": safetensors({"a": entry("F32", [0, 3], 0, 0), "b": entry("F32", [1], 0, 4)}, four),
        "number_overflow": safetensors(b'{"a":{"shape":[1e999]}}'),
        "offsets_three": safetensors(b'{"a":{"data_offsets":[0,4,8]}}'),
        "offsets_one": safetensors(b'{"a":{"data_offsets":[0]}}'),
        "offsets_of_text": safetensors(b'{"a":{"data_offsets":["0",4]}}'),
        "offsets_negative": safetensors({"a": entry("F32", [1], -4, 0)}, four),
        "offsets_fraction": safetensors({"a": entry("F32", [1], 0.5, 4)}, four),
        "offsets_reversed": safetensors({"a": entry("F32", [1], 4, 0)}, four),
        "offsets_beyond": safetensors({"a": entry("F32", [2], 0, 8)}, four),
        "offsets_largest": safetensors({"a": entry("F32", [1], (1 << 64) - 4, (1 << 64) - 1)}, four),
        "offsets_overlap": safetensors({"a": entry("F32", [1], 0, 4), "b": entry("F32", [1], 2, 6)}, four * 2),
        "offsets_equal": safetensors({"a": one, "b": one}, four),
        "offsets_gap": safetensors({"a": entry("F32", [1], 4, 8)}, four * 2),
        "offsets_do_not_fit": safetensors({"a": entry("F32", [2], 0, 4)}, four),
        "bytes_left": safetensors({"a": one}, four * 2),
    }
    for dtype, width in {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "I32": 4, "U32": 4, "U64": 8}.items():
        seeds["dtype_" + dtype] = safetensors({"a": entry(dtype, [1], 0, width)}, b"\x01" * width)
    return seeds


# --- JSON ------------------------------------------------------------------------------------------------------------

def json_seeds():
    """The headers of weight files, and what they have nothing of."""
    return {name: seed[8:2000] for name, seed in load_seeds().items() if seed[8:9] == b"{"} | {
        "arrays": b'[[], [1, [2.5, -3e+4]], {"a": []}]',
        "literals": b"[true, false, null]",
        "integers": b"[0, -0, 1844674407370955161, 18446744073709551615, 18446744073709551616, -9223372036854775809]",
        "numbers": b"[0.5, -0.5E-10, 1e308, 1.7976931348623158e308, 17976931348623159e292]",
        "strings": b'["\\" \\\\ \\/ \\b \\f \\n \\r \\t", "\\u00e9 \\u4e00 \\ud83d\\ude00 \\u0000"]',
        "characters": '["\x7f é ࠀ \ud7ff \ue000 \uffff \U00010000 \U0010ffff"]'.encode(),
        "half_a_pair": b'["\\ud83d"]',
        "no_character": b'["\xe0\x9f\xbf"]',
        "deep": b"[" * 70 + b"]" * 70,
    }


# --- pictures --------------------------------------------------------------------------------------------------------

def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, row, before=b"", between=b"", interlaced=0):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + before + chunk(b"IHDR", header) + between
            + chunk(b"IDAT", zlib.compress(row * height, 9)) + chunk(b"IEND"))


def bmp(width, height, bits, pixels, palette=b"", header_bytes=40, compression=0):
    begin = 14 + header_bytes + len(palette)
    if header_bytes == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", header_bytes, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
        header += b"\0" * (header_bytes - 40)
    return b"BM" + struct.pack("<IHHI", begin + len(pixels), 0, 0, begin) + header + palette + pixels


def exif(orientation, order="<", directory=8, fields=1):
    """A TIFF header that says an orientation."""
    magic = b"II" if order == "<" else b"MM"
    header = struct.pack(order + "HI", 42, directory)
    field = struct.pack(order + "HHHIHHI", fields, 0x0112, 3, 1, orientation, 0, 8)
    return magic + header + field


def segment(code, content):
    return struct.pack(">BBH", 0xff, code, len(content) + 2) + content


def without_segments(jpeg, code):
    """Without those of this code before the scan."""
    kept, at = jpeg[:2], 2
    while jpeg[at + 1] != 0xda:
        end = at + 2 + struct.unpack_from(">H", jpeg, at + 2)[0]
        kept += jpeg[at:end] if jpeg[at + 1] != code else b""
        at = end
    return kept + jpeg[at:]


def blocks_jpeg(blocks, restart_interval):
    """A grey JPEG of blocks in a row, each of them in ten bits, with restarts."""
    def tables(kind, symbol):
        return segment(0xc4, bytes([kind, 1]) + b"\0" * 15 + bytes([symbol]))
    frame = segment(0xc0, struct.pack(">BHHB", 8, 8, 8 * blocks, 1) + b"\1\x11\0")
    text = ""
    for first in range(0, blocks, restart_interval):
        coded = "0100000000" * min(restart_interval, blocks - first)
        coded += "1" * (-len(coded) % 8)
        marker = f"{0xffd0 + first // restart_interval % 8 - 1:016b}" if first else ""
        text += marker + coded
    return (b"\xff\xd8" + segment(0xdb, b"\0" + b"\1" * 64) + frame + tables(0, 8) + tables(0x10, 0)
            + segment(0xdd, struct.pack(">H", restart_interval)) + segment(0xda, b"\1\1\0\0\x3f\0")
            + int(text, 2).to_bytes(len(text) // 8, "big") + b"\xff\xd9")


def picture_seeds():
    seeds = {path.name: path.read_bytes() for path in sorted((SOURCES / "tests/pictures").iterdir())}
    for bits in (1, 2, 4, 8):
        seeds[f"grey_{bits}.png"] = png(4, 4, bits, 0, b"\1" + b"\x35" * (bits // 2 or 1))
        seeds[f"palette_{bits}.png"] = png(4, 4, bits, 3, b"\2" + b"\0" * (bits // 2 or 1),
                                           between=chunk(b"PLTE", b"abcdef") + chunk(b"tRNS", b"\x80"))
    seeds |= {
        "grey_alpha.png": png(3, 3, 8, 4, b"\3" + b"\x10\x80" * 3),
        "grey_alpha_16.png": png(3, 3, 16, 4, b"\4" + b"\x10\x80\xff\x01" * 3),
        "rgba_16.png": png(3, 3, 16, 6, b"\4" + b"\x10\x80\xff\x01\0\0\x80\x80" * 3),
        "grey_transparent.png": png(4, 4, 8, 0, b"\0" + b"\x35" * 4, between=chunk(b"tRNS", b"\0\x35")),
        "rgb_16_transparent.png": png(2, 2, 16, 2, b"\0" + b"\0\x35" * 6, between=chunk(b"tRNS", b"\0\x35" * 3)),
        "apple.png": png(3, 3, 8, 6, b"\4" + b"\x10\x80\xff\x01" * 3, before=chunk(b"CgBI", b"P\0 \2")),
        "apple_other_size.png": png(9, 9, 8, 2, b"\0" * 28,
                                    before=chunk(b"CgBI", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))),
        "short_rows.png": png(4, 4, 8, 2, b"\0"),
        "long_rows.png": png(2, 2, 8, 2, b"\0" * 1000),
        "many_idat.png": png(2, 2, 8, 0, b"\0\1\2", between=chunk(b"IDAT") * 3),
        "unknown_chunk.png": png(2, 2, 8, 0, b"\0\1\2", between=chunk(b"teXt", b"a") + chunk(b"ABCD")),
        "too_large.png": png(70000, 70000, 8, 0, b""),
        "rgb_24.bmp": bmp(3, 2, 24, b"abcdefghi\0\0\0" * 2),
        "rgb_24_down.bmp": bmp(3, -2, 24, b"abcdefghi\0\0\0" * 2),
        "rgb_32.bmp": bmp(2, 2, 32, b"abcdefgh" * 2),
        "rgb_32_v4.bmp": bmp(2, 2, 32, b"abcdefgh" * 2, header_bytes=108),
        "rgb_32_v5.bmp": bmp(2, 2, 32, b"abcdefgh" * 2, header_bytes=124),
        "masks_16.bmp": bmp(2, 2, 16, b"abcd" * 2, struct.pack("<III", 0xF800, 0x7E0, 0x1F), compression=3),
        "masks_32.bmp": bmp(2, 2, 32, b"abcdefgh" * 2, struct.pack("<III", 0xFF0000, 0xFF00, 0xFF), compression=3),
        "masks_of_nothing.bmp": bmp(2, 2, 32, b"abcdefgh" * 2, b"\0" * 12, compression=3),
        "rgb_16.bmp": bmp(2, 2, 16, b"abcd" * 2),
        "palette_1.bmp": bmp(9, 2, 1, b"\xaa\x80\0\0" * 2, b"abc\0def\0"),
        "palette_4.bmp": bmp(3, 2, 4, b"\x01\x10\0\0" * 2, b"abc\0def\0"),
        "palette_8.bmp": bmp(3, 2, 8, b"\0\1\0\0" * 2, b"abc\0def\0"),
        "old.bmp": bmp(3, 2, 24, b"abcdefghi\0\0\0" * 2, header_bytes=12),
        "old_palette.bmp": bmp(3, 2, 8, b"\0\1\0\0" * 2, b"abcdef", header_bytes=12),
        "compressed.bmp": bmp(3, 2, 8, b"\3\1\0\1", b"abc\0def\0", compression=1),
    }
    for name in ("rgb.jpg", "progressive.jpg", "rgba.png", "interlaced.png", "rgb_24.bmp"):
        seeds["half_" + name] = seeds[name][:len(seeds[name]) // 2]
    end = b"\xff\xd9"
    for name in ("progressive.jpg", "rgb.jpg"):
        scan = seeds[name].index(b"\xff\xda")
        seeds["twice_" + name] = seeds[name].removesuffix(end) + seeds[name][scan:]
        seeds["restarts_" + name] = seeds[name][:scan] + b"\xff\xdd\0\4\0\1" + seeds[name][scan:]
        seeds["adobe_" + name] = seeds[name][:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" + seeds[name][2:]
        seeds["no_huffman_" + name] = without_segments(seeds[name], 0xc4)
        seeds["no_quantisation_" + name] = without_segments(seeds[name], 0xdb)
        seeds["cut_scan_" + name] = seeds[name][:-40] + end
        for orientation in range(1, 9):
            for order, word in (("<", "little"), (">", "big")):
                turned = segment(0xe1, b"Exif\0\0" + exif(orientation, order))
                seeds[f"exif_{orientation}_{word}_{name}"] = seeds[name][:2] + turned + seeds[name][2:]
    for orientation in range(1, 9):
        seeds[f"exif_{orientation}.png"] = png(3, 2, 8, 0, b"\0\1\2\3", between=chunk(b"eXIf", exif(orientation, ">")))
    for name, header in (("beyond", exif(6, "<", 0xffffffff)), ("loop", exif(0, "<")), ("many", exif(6, ">", 8, 65535)),
                         ("cut", exif(6)[:15]), ("other", b"II+\0" + exif(6)[4:])):
        seeds[f"exif_{name}.jpg"] = seeds["rgb.jpg"][:2] + segment(0xe1, b"Exif\0\0" + header) + seeds["rgb.jpg"][2:]
        seeds[f"exif_{name}.png"] = png(3, 2, 8, 0, b"\0\1\2\3", between=chunk(b"eXIf", header))
    for interval in (1, 3):
        seeds[f"restarts_{interval}.jpg"] = blocks_jpeg(7, interval)
    return seeds


# --- networks in int8 -------------------------------------------------------------------------------------------------

def quantised_layer(name, dimensions, has_codes=True):
    """As quantised_fuzz.cpp's network names what belongs to a layer: {name: (type, dimensions, value)}."""
    outputs = [dimensions[0]]
    layer = {f"{name}.weight": ("I8", dimensions, 3), f"{name}.weight.scale": ("F32", outputs, 0.01),
             f"{name}.bias": ("I32", outputs, 40)}
    return layer | (quantised_map(f"{name}.output", outputs[0]) if has_codes else {})


def quantised_map(name, channels, zero=0):
    return {f"{name}.scale": ("F32", [channels], 0.02), f"{name}.zero_point": ("U8", [channels], zero)}


QUANTISED = {
    **quantised_map("plait.input", 3, 128),
    **quantised_layer("0.0", [8, 3, 3, 3]),
    **quantised_layer("1.0", [8, 1, 3, 3]),
    **quantised_layer("2.0", [5, 8, 1, 1]),
    **quantised_map("plait.call.3.output", 5),
    **quantised_map("plait.call.4.output", 5),
    **quantised_layer("5", [4, 5], has_codes=False),
}


def quantised(changed=None, metadata=None, left_out=()):
    """A file for quantised_fuzz.cpp's network; `changed`: {name: (type, dimensions, value)}."""
    header, data = {"__metadata__": metadata or {"plait.precision": "int8"}}, b""
    for name, (dtype, shape, value) in (QUANTISED | (changed or {})).items():
        if name in left_out:
            continue
        begin = len(data)
        data += stored(value, dtype) * count(shape)
        header[name] = entry(dtype, shape, begin, len(data))
    return safetensors(header, data)


def quantised_seeds():
    def with_value(name, value):
        dtype, shape, _ = QUANTISED[name]
        return quantised({name: (dtype, shape, value)})

    return {
        "network": quantised(),
        "of_other_network": quantised(metadata={"plait.precision": "int8", "plait.network": "1"}),
        "of_floats": quantised(metadata={"format": "pt"}),
        "missing": quantised(left_out=["5.bias"]),
        "unexpected": quantised({"extra": ("U8", [1], 0)}),
        "wrong_type": quantised({"0.0.weight": ("U8", [8, 3, 3, 3], 1)}),
        "wrong_shape": quantised({"5.weight": ("I8", [5, 4], 1)}),
        "asymmetric": with_value("1.0.weight", -128),
        "largest_weights": with_value("0.0.weight", -127),
        "huge_bias": with_value("2.0.bias", 2**31 - 1),
        "no_scale": with_value("0.0.output.scale", 0.0),
        "negative_scale": with_value("0.0.output.scale", -1.0),
        "huge_scale": with_value("5.weight.scale", 3e38),
        "small_scale": with_value("plait.input.scale", 1e-44),
        "infinite_scale": with_value("2.0.weight.scale", float("inf")),
        "no_number": with_value("2.0.weight.scale", float("nan")),
        "other_zero": with_value("plait.call.3.output.zero_point", 255),
        "cut": quantised()[:-3],
    }


# --- CIFAR and NumPy -------------------------------------------------------------------------------------------------

def cifar(files, pictures, names=b"", kind=0):
    """cifar_fuzz.cpp's form; `files`: 1 of CIFAR-10, 2 of CIFAR-100, 4 of names, added."""
    names += b"\n" * (-len(names) % 8)
    return bytes([files + 8 * kind, len(names) // 8]) + names + pictures


def cifar_seeds():
    pixels = bytes(range(256)) * 12
    ten, hundred = b"\3" + pixels, b"\x07\x20" + pixels
    names10 = b"".join(b"name%d\r\n" % i for i in range(10))
    names100 = b"".join(b"name%d\n" % i for i in range(100))
    return {
        "cifar10": cifar(1, ten * 2),
        "cifar10_names": cifar(5, ten, names10),
        "cifar10_asked": cifar(1, ten, kind=1),
        "cifar10_wrong_label": cifar(1, ten + b"\x0a" + pixels),
        "cifar10_cut": cifar(1, ten[:-1]),
        "cifar10_empty": cifar(1, b""),
        "cifar10_few_names": cifar(5, ten, names10[:40]),
        "cifar100": cifar(2, hundred * 2),
        "cifar100_names": cifar(6, hundred, names100),
        "cifar100_asked": cifar(2, hundred, kind=2),
        "cifar100_wrong_label": cifar(2, b"\0\x64" + pixels),
        "cifar100_wrong_coarse_label": cifar(2, b"\x14\0" + pixels),
        "cifar100_cut": cifar(2, hundred[:100]),
        "both": cifar(3, ten),
        "neither": cifar(0, b""),
        "other_asked": cifar(2, hundred, kind=1),
    }


def npy(header, data, version=1):
    text = header.encode()
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def described(shape, descr="<f4", fortran="False"):
    return f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n"


def npy_seeds():
    four = struct.pack("<4f", 1, -2, 3.5, float("nan"))
    return {
        "floats": npy(described("(2, 2)"), four),
        "one_dimension": npy(described("(4,)"), four),
        "one_value": npy(described("()"), four[:4]),
        "doubles": npy(described("(1, 2)", "<f8"), struct.pack("<2d", 1e300, -1)),
        "version_2": npy(described("(2, 2)"), four, 2),
        "version_3": npy(described("(2, 2)"), four, 3),
        "version_4": npy(described("(2, 2)"), four, 4),
        "other_order": npy('{"shape": (4, ), "fortran_order": False, "descr": "<f4"}', four),
        "fortran": npy(described("(2, 2)", fortran="True"), four),
        "integers": npy(described("(2, 2)", "<i4"), four),
        "unprintable": npy(described("(2, 2)", "<h\0\x1b"), four),
        "structured": npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }", four),
        "no_values": npy(described("(0, 2)"), b""),
        "huge": npy(described("(4294967296, 4294967296)"), four),
        "huge_number": npy(described("(99999999999999999999,)"), four),
        "many_dimensions": npy(described("(" + "1, " * 64 + ")"), four[:4]),
        "too_many_dimensions": npy(described("(" + "1, " * 65 + ")"), four[:4]),
        "cut": npy(described("(2, 2)"), four[:-1]),
        "cut_header": npy(described("(2, 2)"), b"")[:20],
        "magic": b"\x93NUMPY\1\0",
        "empty": b"",
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    output = pathlib.Path(sys.argv[1])
    of_target = {"load": load_seeds(), "quantised": quantised_seeds(), "json": json_seeds(),
                 "picture": picture_seeds(), "cifar": cifar_seeds(), "npy": npy_seeds()}
    for name, seeds in of_target.items():
        shutil.rmtree(output / name, ignore_errors=True)
        (output / name).mkdir(parents=True)
        for seed, contents in seeds.items():
            (output / name / seed).write_bytes(contents)


if __name__ == "__main__":
    main()
