# SPDX-License-Identifier: BSD-3-Clause
"""Which of Plait's ways to resize gives the pixels that the file's Resize gives."""

import numpy as np

WAYS = [("nearest_floor", "asymmetric"), ("nearest_round", "half_pixel"), ("bilinear", "half_pixel"),
        ("bilinear", "aligned"), ("bilinear", "asymmetric"), ("nearest_floor", "half_pixel"),
        ("nearest_round", "asymmetric"), ("nearest_floor", "aligned"), ("nearest_round", "aligned")]


def plait_samples(inputs, outputs, factor, by, at):
    """(first, second, share) of each output, in the arithmetic of floats that Plait has."""
    f = np.float32
    i = np.arange(outputs).astype(f)
    last = inputs - 1
    if inputs == outputs:
        return np.arange(outputs), np.arange(outputs), np.zeros(outputs, f)
    if at == "aligned":
        source = f(inputs - 1) / f(outputs - 1) * i if outputs > 1 else np.zeros(1, f)
    else:
        step = f(1 / factor) if factor else f(inputs) / f(outputs)
        source = step * i if at == "asymmetric" else np.maximum(step * (i + f(0.5)) - f(0.5), f(0))
    whole = (source + f(0.5) if by == "nearest_round" else source).astype(int)
    first = np.minimum(whole, last)
    if by != "bilinear":
        return first, first, np.zeros(outputs, f)
    share = np.minimum(source - first.astype(f), f(1))
    return first, np.minimum(first + 1, last), share


def file_samples(inputs, outputs, scale, mode, at, nearest):
    """The same by the standard's formulas; None where the mode is neither nearest nor linear."""
    f = np.float32
    i = np.arange(outputs).astype(f)
    scale = f(scale)
    if at == "align_corners":
        source = i * f(inputs - 1) / f(outputs - 1) if outputs > 1 else np.zeros(1, f)
    elif at == "asymmetric":
        source = i / scale
    elif at == "tf_half_pixel_for_nn":
        source = (i + f(0.5)) / scale
    elif at == "pytorch_half_pixel":
        source = (i + f(0.5)) / scale - f(0.5) if outputs > 1 else np.zeros(1, f)
    elif at == "half_pixel":
        source = (i + f(0.5)) / scale - f(0.5)
    else:
        return None
    if mode == "nearest":
        whole = {"floor": np.floor(source), "ceil": np.ceil(source), "round_prefer_ceil": np.floor(source + f(0.5)),
                 "round_prefer_floor": np.ceil(source - f(0.5))}[nearest]
        first = np.clip(whole.astype(int), 0, inputs - 1)
        return first, first, np.zeros(outputs, f)
    if mode != "linear":
        return None
    source = np.clip(source, 0, inputs - 1)
    first = np.floor(source).astype(int)
    return first, np.minimum(first + 1, inputs - 1), source - first.astype(f)


def same(a, b, inputs):
    """Whether both give the same pixels: the shares of all inputs."""
    def shares(samples):
        first, second, share = samples
        table = np.zeros((len(first), inputs))
        rows = np.arange(len(first))
        np.add.at(table, (rows, first), 1 - share)
        np.add.at(table, (rows, second), share)
        return table

    return np.allclose(shares(a), shares(b), atol=1e-5)


def find_resizing(lowering, node, size, to, dims):
    """What a step says of it: `by`, `at`, and the size or a factor."""
    from .lowering import Unsaid

    text = {key: value.decode() if isinstance(value, bytes) else value for key, value in node.attributes.items()}
    mode = {"bilinear": "linear"}.get(text.get("mode", "nearest"), text.get("mode", "nearest"))
    old = lowering.graph.opset < 11 or node.op == "Upsample"
    at = "asymmetric" if old else text.get("coordinate_transformation_mode", "half_pixel")
    nearest = "floor" if old else text.get("nearest_mode", "round_prefer_floor")
    scales = scales_of(lowering, node, size, to, dims)
    # Until opset 10 nearest is the next pixel where it shrinks.
    rounding = ["ceil" if old and scale < 1 else nearest for scale in scales]
    if text.get("exclude_outside") or mode not in ("nearest", "linear"):
        raise Unsaid(f"resizes by mode '{mode}' where nearest or linear was expected")
    wanted = [file_samples(size[i], to[i], scales[i], mode, at, rounding[i]) for i in range(2)]
    if any(samples is None for samples in wanted):
        raise Unsaid(f"resizes with coordinate_transformation_mode '{at}'")
    factors = [None]
    if scales[0] == scales[1] and all(int(size[i] * scales[0]) == to[i] for i in range(2)):
        factors.append(float(scales[0]))
    for by, where in WAYS:
        for factor in factors:
            if all(same(plait_samples(size[i], to[i], factor, by, where), wanted[i], size[i]) for i in range(2)):
                return {"to": to if factor is None else None, "factor": factor, "by": by, "at": where}
    cuts = [strided(wanted[i], size[i]) for i in range(2)]
    if all(cuts):
        return {"cut": cuts}
    raise Unsaid(f"resizes by mode '{mode}', coordinate_transformation_mode '{at}'"
                 + (f", nearest_mode '{nearest}'" if mode == "nearest" else "")
                 + f" from {size[0]} x {size[1]} to {to[0]} x {to[1]} pixels, which no resize of Plait's does")


def strided(samples, inputs):
    first, _, share = samples
    if np.any(share) or len(first) < 2:
        return None
    step = int(first[1] - first[0])
    if step < 1 or list(first) != list(range(first[0], first[0] + step * len(first), step)):
        return None
    return int(first[0]), int(first[-1]) + 1, step


def scales_of(lowering, node, size, to, dims):
    """The scale of rows and columns, as the file has it where it has it."""
    given = node.get("scales")
    if given is None:
        for index in ((1,) if node.op == "Upsample" or lowering.graph.opset < 11 else (2,)):
            name = node.input(index)
            if name and lowering.graph.is_constant(name) and lowering.graph.constants[name].size:
                given = lowering.graph.constants[name]
    found = []
    for i in range(2):
        dim = dims[i]
        has = given is not None and dim is not None and len(given) > dim
        found.append(float(given[dim]) if has else to[i] / size[i])
    return found
