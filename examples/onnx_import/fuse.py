# SPDX-License-Identifier: BSD-3-Clause
"""What one line of a block says together: padding and a window, a convolution with its norm and activation."""

import numpy as np

from .maps import NONE

WITH_NORM = ("conv", "conv_transpose")
WITH_WEIGHTS = (*WITH_NORM, "linear")
WITH_ACTIVATION = ("conv", "conv_transpose", "binary")
NEVER_BELOW_0 = ("relu", "relu6", "sigmoid", "hard_sigmoid")


class Fuser:
    def __init__(self, program):
        self.program = program
        self.counts = {}

    def run(self):
        self.program.drop_unread()
        for rule in (self.norm, self.scaled, self.activation, self.padded, self.cut_again):
            self.each(rule)
        self.program.drop_unread()
        for step in self.program.steps:
            if step.kind == "conv" and step.numbers["groups"] == step.inputs[0].channels == step.numbers["out"] > 1:
                step.kind = "depthwise"
        return self.counts

    def each(self, rule):
        """Applies a rule to each step and the one that alone made what it reads, until none changes."""
        step = 0
        while step < len(self.program.steps):
            step += 0 if self.apply(rule, self.program.steps[step]) else 1

    def apply(self, rule, step):
        if len(step.inputs) != 1:
            return False
        before = step.inputs[0].made_by
        if before is None or before.kind == "input" or self.program.is_output(before.output):
            return False
        readers = [reader for reader in self.program.steps if reader.reads(before.output)]
        if readers != [step] or not rule(before, step):
            return False
        self.counts[rule.__name__] = self.counts.get(rule.__name__, 0) + 1
        return True

    def take_in(self, before, step):
        """`before` goes on and makes what `step` made."""
        before.nodes += step.nodes
        before.output.tensor = step.output.tensor
        self.program.steps.remove(step)
        self.program.replace(step.output, before.output)
        return True

    def norm(self, before, step):
        if step.kind != "batch_norm" or before.kind not in WITH_NORM or before.numbers["norm"] is not None:
            return False
        if before.numbers["activation"] != NONE:
            return False
        before.numbers["norm"] = step.numbers["epsilon"]
        before.tensors.update({"norm_" + name: tensor for name, tensor in step.tensors.items()})
        return self.take_in(before, step)

    def scaled(self, before, step):
        """A constant for each channel goes into weights and biases."""
        if step.kind not in ("binary_values", "binary_constant") or before.kind not in WITH_WEIGHTS:
            return False
        if before.numbers.get("activation", NONE) != NONE:
            return False
        count = before.output.channels
        values = step.tensors.get("values")
        if values is None:
            values = np.full(count, step.numbers["constant"], np.float32)
        values = np.asarray(values, np.float64)
        operation = step.numbers["operation"]
        first = step.numbers.get("value_first") or step.numbers.get("constant_first")
        if operation in ("maximum", "minimum") or (first and operation == "divide"):
            return False
        factor, offset = np.ones(count), np.zeros(count)
        if operation in ("multiply", "divide"):
            factor = values if operation == "multiply" else 1 / values
        else:
            offset = values if operation == "add" or first else -values
            if first and operation == "subtract":
                factor = -factor
        self.put_affine(before, factor, offset)
        return self.take_in(before, step)

    @staticmethod
    def put_affine(step, factor, offset):
        tensors = step.tensors
        if step.numbers.get("norm") is not None:
            weight, bias = "norm_weight", "norm_bias"
            shaped = factor
        else:
            weight, bias = "weight", "bias"
            outputs = 1 if step.kind == "conv_transpose" else 0
            shaped = factor.reshape([-1 if i == outputs else 1 for i in range(tensors["weight"].ndim)])
            if bias not in tensors and np.any(offset):
                tensors[bias] = np.zeros(len(offset), np.float32)
                step.numbers["bias"] = True
        if np.any(factor != 1):
            tensors[weight] = (tensors[weight].astype(np.float64) * shaped).astype(np.float32)
        if bias in tensors:
            tensors[bias] = (tensors[bias].astype(np.float64) * factor + offset).astype(np.float32)

    def activation(self, before, step):
        if step.kind != "activate" or before.kind not in WITH_ACTIVATION or before.numbers["activation"] != NONE:
            return False
        before.numbers["activation"] = step.numbers["activation"]
        return self.take_in(before, step)

    def padded(self, before, step):
        """`before` is a pad that the window after it can have itself."""
        if before.kind != "pad" or before.numbers["mode"] != "zeros":
            return False
        if step.kind not in ("conv", "max_pool", "average_pool") or step.numbers.get("ceil_mode"):
            return False
        own = step.numbers["padding"]
        if step.kind == "average_pool":
            if any(own):
                return False
            step.numbers["count_include_pad"] = True
        if step.kind == "max_pool" and (any(own) or not self.is_never_below_0(before.inputs[0])):
            return False
        sides = tuple(a + b for a, b in zip(own, before.numbers["sides"]))
        if step.kind == "max_pool":
            kernel, dilation = step.numbers["kernel"], step.numbers["dilation"]
            reach = [(kernel[i % 2] - 1) * dilation[i % 2] for i in range(4)]
            if any(side > most for side, most in zip(sides, reach)):
                return False
        step.numbers["padding"] = sides
        step.inputs = list(before.inputs)
        step.nodes = before.nodes + step.nodes
        self.program.steps.remove(before)
        return True

    @staticmethod
    def is_never_below_0(value):
        step = value.made_by
        while step is not None and step.kind in ("max_pool", "slice", "slice_pixels"):
            step = step.inputs[0].made_by
        activation = step.numbers.get("activation") if step is not None else None
        if activation is None:
            return False
        return activation.word in NEVER_BELOW_0 or (activation.word == "clip" and activation.numbers[0] >= 0)

    def cut_again(self, before, step):
        """Rows cut, then columns."""
        if before.kind != "slice_pixels" or step.kind != "slice_pixels":
            return False
        for axis in ("rows", "columns"):
            begin, _, every = before.numbers[axis]
            begin_2, end_2, every_2 = step.numbers[axis]
            last = begin_2 + (end_2 - 1 - begin_2) // every_2 * every_2
            step.numbers[axis] = (begin + begin_2 * every, begin + last * every + 1, every * every_2)
        step.inputs = list(before.inputs)
        step.nodes = before.nodes + step.nodes
        self.program.steps.remove(before)
        return True


def parameters_of(step):
    """Values that a network counts as its parameters: running statistics are none."""
    return sum(tensor.size for name, tensor in step.tensors.items() if "running" not in name)


def multiply_adds_of(step):
    if step.kind not in ("conv", "depthwise", "conv_transpose", "linear"):
        return 0
    weights = step.tensors["weight"].size
    size = step.inputs[0].size if step.kind == "conv_transpose" else step.output.size
    return weights * (1 if step.kind == "linear" else size[0] * size[1])
