# SPDX-License-Identifier: BSD-3-Clause
"""Under which names a generated type has its weights: the numbers that Plait gives to blocks without names."""

# Blocks that take no number.
WITHOUT_NUMBER = {"binary", "binary_constant", "concat", "slice", "slice_pixels", "pad_channels", "input"}

NORM = ("norm_weight", "norm_bias", "norm_running_mean", "norm_running_var")


def name_tensors(steps, prefix=""):
    """Name to array of all tensors of the steps, in their order; `step.name` is noted."""
    found = {}
    _number(steps, prefix, 0, found)
    return found


def _number(steps, prefix, number, found):
    for step in steps:
        step.path = f"{prefix}{number}"
        if step.kind == "residual":
            number = _number(step.children, prefix, number, found)
            continue
        if step.kind in WITHOUT_NUMBER:
            continue
        if step.kind == "unit":
            _number(step.children, f"{step.path}.", 0, found)
        else:
            found.update({f"{step.path}{name}": array for name, array in _tensors_of(step)})
        number += 1
    return number


def _tensors_of(step):
    tensors = step.tensors
    if step.kind in ("conv", "depthwise", "conv_transpose"):
        yield ".0.weight", tensors["weight"]
        if "bias" in tensors:
            yield ".0.bias", tensors["bias"]
        for name in NORM:
            if name in tensors:
                yield ".1." + name[len("norm_"):], tensors[name]
    elif step.kind == "squeeze_excitation":
        for name in ("fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias"):
            yield "." + name.replace("_", "."), tensors[name]
    elif step.kind == "binary_values":
        yield ".weight", tensors["values"].reshape(-1, 1, 1)
    else:
        for name, array in tensors.items():
            yield "." + name, array
