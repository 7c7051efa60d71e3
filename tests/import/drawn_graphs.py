# SPDX-License-Identifier: BSD-3-Clause
"""Graphs that chance draws of what the importer takes: what holds for each operator must hold for all together."""
import random

import numpy as np

from small_graphs import Builder, SmallGraph

OPSETS = (7, 9, 10, 11, 12, 13, 14, 15, 17)


class Drawing:
    """A graph of maps; `maps` has those that may be read again, with their channels, rows and columns."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.g = Builder(f"drawn_{seed}", self.chance.choice(OPSETS))
        size = (self.chance.choice((1, 3, 4, 6)), self.chance.randint(5, 12), self.chance.randint(5, 12))
        self.maps = [(self.g.input((1, *size)), size)]

    def graph(self):
        for _ in range(self.chance.randint(3, 12)):
            rules = [self.conv, self.conv, self.depthwise, self.activation, self.activation, self.norm, self.combine,
                     self.combine, self.concat, self.pool, self.constant, self.gate, self.split, self.slice,
                     self.shuffle, self.resize, self.pad, self.pixels_last, self.transposed, self.rearrange]
            made = self.chance.choice(rules)(*self.chance.choice(self.maps[-3:]))
            if made and np.prod(made[1]) < 4000 and min(made[1]) > 0:
                self.maps.append(made)
        outputs = [self.end(*self.maps[-1])]
        if len(self.maps) > 3 and self.chance.random() < 0.3:
            outputs.append(self.end(*self.maps[-2]))
        outputs = list(dict.fromkeys(outputs))
        return SmallGraph(self.g.name, self.g.model(outputs), self.g.inputs)

    def axes(self, operator, x, values, since, **others):
        """A list that is an attribute until an opset and an input from there on."""
        name, numbers = values
        if self.g.opset < since:
            return self.g.op(operator, x, **{name: numbers}, **others)
        return self.g.op(operator, x, self.g.i(*numbers), **others)

    def window(self, size, kernels=(1, 2, 3, 3, 5)):
        kernel = [self.chance.choice(kernels) for _ in range(2)]
        if self.chance.random() < 0.7:
            kernel = [kernel[0]] * 2
        strides = [self.chance.choice((1, 1, 1, 2))] * 2
        way = self.chance.random()
        if way < 0.2:
            numbers = {"auto_pad": self.chance.choice(("SAME_UPPER", "SAME_LOWER", "VALID"))}
            upper = [-(-extent // stride) for extent, stride in zip(size, strides)]
            valid = [(extent - reach) // stride + 1 for extent, reach, stride in zip(size, kernel, strides)]
            out = valid if numbers["auto_pad"] == "VALID" else upper
        else:
            pads = [reach // 2 for reach in kernel] * 2
            if way < 0.5:
                pads = [self.chance.randint(0, max(0, reach - 1)) for reach in kernel * 2]
            numbers = {"pads": pads}
            out = [(extent + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i, extent in enumerate(size)]
        return dict(kernel_shape=kernel, strides=strides, **numbers), out

    def conv(self, x, size):
        numbers, out = self.window(size[1:])
        if min(out) < 1:
            return None
        group = self.chance.choice([each for each in (1, 1, 1, 2, 3) if size[0] % each == 0])
        channels = group * self.chance.choice((1, 2, 3, 4))
        kernel = numbers["kernel_shape"]
        weights = [self.g.w(channels, size[0] // group, *kernel)]
        weights += [self.g.w(channels)] if self.chance.random() < 0.5 else []
        return self.g.op("Conv", x, *weights, group=group, **numbers), (channels, *out)

    def depthwise(self, x, size):
        numbers, out = self.window(size[1:], (3, 3, 5))
        if min(out) < 1:
            return None
        weights = [self.g.w(size[0], 1, *numbers["kernel_shape"])]
        weights += [self.g.w(size[0])] if self.chance.random() < 0.5 else []
        return self.g.op("Conv", x, *weights, group=size[0], **numbers), (size[0], *out)

    def transposed(self, x, size):
        kernel, channels = self.chance.choice(((2, 2, 0, 0), (3, 2, 1, 1), (4, 2, 1, 0), (3, 1, 1, 0))), 3
        reach, stride, pad, more = kernel
        out = [(extent - 1) * stride + reach - 2 * pad + more for extent in size[1:]]
        return self.g.op("ConvTranspose", x, self.g.w(size[0], channels, reach, reach), self.g.w(channels),
                         strides=[stride] * 2, pads=[pad] * 4, output_padding=[more] * 2), (channels, *out)

    def activation(self, x, size):
        name, numbers = self.chance.choice([
            ("Relu", {}), ("Sigmoid", {}), ("Tanh", {}), ("LeakyRelu", {"alpha": 0.2}), ("Elu", {}),
            ("HardSigmoid", {"alpha": 0.2, "beta": 0.5}), ("PRelu", {}), ("Silu", {}), ("Swish", {}), ("Clip", {})])
        g = self.g
        if name == "PRelu":
            return g.op("PRelu", x, g.positive(size[0], 1, 1)), size
        if name == "Silu":
            return g.op("Mul", x, g.op("Sigmoid", x)), size
        if name == "Swish":
            return g.op("Mul", x, g.op("Div", self.clipped(g.op("Add", x, g.c(3))), g.c(6))), size
        return (self.clipped(x) if name == "Clip" else g.op(name, x, **numbers)), size

    def clipped(self, x):
        if self.g.opset < 11:
            return self.g.op("Clip", x, min=0.0, max=6.0)
        return self.g.op("Clip", x, self.g.c(0), self.g.c(6))

    def norm(self, x, size):
        return self.g.batch_norm(x, size[0], epsilon=self.chance.choice((1e-5, 1e-3))), size

    def combine(self, x, size):
        others = [name for name, other in self.maps if other == size and name != x]
        if not others:
            return None
        pair = [x, self.chance.choice(others)]
        self.chance.shuffle(pair)
        return self.g.op(self.chance.choice(("Add", "Add", "Add", "Mul", "Sub", "Max")), *pair), size

    def concat(self, x, size):
        others = [(name, other[0]) for name, other in self.maps if other[1:] == size[1:] and name != x]
        if not others:
            return None
        name, channels = self.chance.choice(others)
        pair = [x, name]
        self.chance.shuffle(pair)
        return self.g.op("Concat", *pair, axis=1), (size[0] + channels, *size[1:])

    def pool(self, x, size):
        numbers, out = self.window(size[1:], (2, 3))
        if min(out) < 1:
            return None
        if self.chance.random() < 0.5:
            return self.g.op("MaxPool", x, **numbers), (size[0], *out)
        return self.g.op("AveragePool", x, count_include_pad=self.chance.randint(0, 1), **numbers), (size[0], *out)

    def constant(self, x, size):
        shape = self.chance.choice(((), (1,), (size[0], 1, 1), (1, size[0], 1, 1)))
        pair = [x, self.g.positive(*shape)]
        name = self.chance.choice(("Add", "Mul", "Sub", "Div", "Max"))
        if name != "Div":
            self.chance.shuffle(pair)
        return self.g.op(name, *pair), size

    def gate(self, x, size):
        g, squeezed = self.g, max(1, size[0] // 2)
        y = g.op("GlobalAveragePool", x)
        y = g.op("Relu", g.conv(y, size[0], squeezed, kernel=1))
        y = g.op(self.chance.choice(("Sigmoid", "HardSigmoid")), g.conv(y, squeezed, size[0], kernel=1))
        return g.op("Mul", x, y), size

    def split(self, x, size):
        if size[0] < 2:
            return None
        first = self.chance.randint(1, size[0] - 1)
        sizes = [first, size[0] - first]
        parts = self.axes("Split", x, ("split", sizes), 13, outputs=2, axis=1)
        self.maps.append((parts[1], (sizes[1], *size[1:])))
        return parts[0], (first, *size[1:])

    def slice(self, x, size):
        axis = self.chance.choice((1, 2, 3))
        extent = size[axis - 1]
        begin = self.chance.randint(0, extent - 1)
        end = self.chance.randint(begin + 1, extent)
        step = self.chance.choice((1, 1, 2)) if self.g.opset >= 10 else 1
        if self.g.opset < 10:
            made = self.g.op("Slice", x, axes=[axis], starts=[begin], ends=[end])
        else:
            made = self.g.op("Slice", x, *(self.g.i(each) for each in (begin, end, axis, step)))
        out = list(size)
        out[axis - 1] = -(-(end - begin) // step)
        return made, tuple(out)

    def shuffle(self, x, size):
        groups = self.chance.choice([each for each in (1, 2, 3) if size[0] % each == 0])
        g, (c, h, w) = self.g, size
        way = self.chance.choice(("5d", "4d", "3d", "gather"))
        if way == "gather":
            return g.op("Gather", x, g.i(*self.chance.sample(range(c), c)), axis=1), size
        shape, order = {"5d": ((1, groups, c // groups, h, w), [0, 2, 1, 3, 4]),
                        "4d": ((1, groups, c // groups, h * w), [0, 2, 1, 3]),
                        "3d": ((groups, c // groups, h * w), [1, 0, 2])}[way]
        y = g.op("Transpose", g.op("Reshape", x, g.i(*shape)), perm=order)
        return g.op("Reshape", y, g.i(self.chance.choice((1, -1)), c, h, w)), size

    def resize(self, x, size):
        g, factor = self.g, self.chance.choice((2, 2, 3))
        out = (size[0], size[1] * factor, size[2] * factor)
        mode = self.chance.choice(("nearest", "linear"))
        if g.opset < 9:
            return g.op("Upsample", x, mode=mode, scales=[1.0, 1.0, float(factor), float(factor)]), out
        if g.opset < 11:
            name = "Upsample" if g.opset == 9 else "Resize"
            return g.op(name, x, g.c((1, 1, factor, factor)), mode=mode), out
        where = self.chance.choice(("asymmetric", "half_pixel", "align_corners", "pytorch_half_pixel"))
        if mode == "nearest":
            return g.op("Resize", x, None, g.c((1, 1, factor, factor)), mode=mode, nearest_mode="floor",
                        coordinate_transformation_mode="asymmetric"), out
        return g.op("Resize", x, g.c([]), g.c([]), g.i(1, *out), mode=mode, coordinate_transformation_mode=where), out

    def pad(self, x, size):
        first, last = [[self.chance.randint(0, 2) for _ in range(2)] for _ in range(2)]
        mode = self.chance.choice(("constant", "constant", "reflect" if min(size[1:]) > 2 else "constant"))
        made = self.axes("Pad", x, ("pads", [0, 0, *first, 0, 0, *last]), 11, mode=mode)
        return made, (size[0], size[1] + first[0] + last[0], size[2] + first[1] + last[1])

    def pixels_last(self, x, size):
        """Something in NHWC."""
        g = self.g
        y = g.op("Transpose", x, perm=[0, 2, 3, 1])
        way = self.chance.choice(("Add", "Mul", "Relu", "MatMul", "PRelu", "Concat", "Softmax"))
        out = size
        if way in ("Add", "Mul"):
            y = g.op(way, y, g.positive(size[0]))
        elif way == "PRelu":
            y = g.op(way, y, g.positive(1, 1, size[0]))
        elif way == "MatMul":
            out = (3, *size[1:])
            y = g.op("Add", g.op(way, y, g.w(size[0], 3)), g.w(3))
        elif way == "Concat":
            out = (2 * size[0], *size[1:])
            y = g.op(way, y, g.op("Relu", y), axis=3)
        elif way == "Softmax":
            y = g.op(way, y, axis=3)
        else:
            y = g.op(way, y)
        return g.op("Transpose", y, perm=[0, 3, 1, 2]), out

    def rearrange(self, x, size):
        g, (c, h, w) = self.g, size
        if c % 4 == 0:
            mode = {} if g.opset < 11 else {"mode": self.chance.choice(("DCR", "CRD"))}
            return g.op("DepthToSpace", x, blocksize=2, **mode), (c // 4, 2 * h, 2 * w)
        if h % 2 == 0 and w % 2 == 0:
            return g.op("SpaceToDepth", x, blocksize=2), (4 * c, h // 2, w // 2)
        return None

    def end(self, x, size):
        g, (c, h, w) = self.g, size
        way = self.chance.choice(("map", "map", "dense", "pooled", "rows", "pixels", "softmax"))
        if way == "dense":
            return g.gemm(g.op("Flatten", x), c * h * w)
        if way == "pooled":
            return g.gemm(g.op("Flatten", g.op("GlobalAveragePool", x)), c)
        if way == "rows":
            return g.op("Reshape", g.op("Transpose", x, perm=[0, 2, 3, 1]), g.i(1, -1, c))
        if way == "pixels":
            return g.op("Transpose", g.op("Reshape", x, g.i(1, c, -1)), perm=[0, 2, 1])
        if way == "softmax":
            return g.op("Softmax", g.gemm(g.op("Flatten", x), c * h * w), axis=1)
        return x


def drawn_graphs(first, count):
    return [Drawing(seed).graph() for seed in range(first, first + count)]


def drawn_windows(first, count):
    """Single windows of any kernel, stride, dilation and padding on maps of a few to a hundred columns."""
    return [drawn_window(seed) for seed in range(first, first + count)]


def drawn_window(seed):
    chance = random.Random(seed)

    def each(low, high):
        return [chance.randint(low, high) for _ in range(2)]

    kind = chance.choice(("MaxPool", "AveragePool", "Depthwise", "Conv", "ConvTranspose"))
    kernel, strides = each(1, 7), each(1, 5)
    dilations = each(1, 3) if kind != "AveragePool" else [1, 1]
    pads = [chance.randint(0, min(reach - 1, 3)) for reach in kernel * 2]
    least = [(reach - 1) * dilation + 1 for reach, dilation in zip(kernel, dilations)]
    size = [chance.randint(reach, reach + chance.choice((4, 90))) for reach in least]
    channels, outputs = chance.choice((1, 2, 3, 4, 5, 8, 9, 17)), chance.choice((1, 2, 5, 9))
    g = Builder(f"window_{seed}", 13)
    x = g.input((1, channels, *size))
    numbers = dict(kernel_shape=kernel, strides=strides, pads=pads)
    if kind == "MaxPool":
        y = g.op(kind, x, dilations=dilations, **numbers)
    elif kind == "AveragePool":
        y = g.op(kind, x, count_include_pad=chance.randint(0, 1), **numbers)
    elif kind == "Depthwise":
        y = g.op("Conv", x, g.w(channels, 1, *kernel), group=channels, dilations=dilations, **numbers)
    elif kind == "Conv":
        y = g.op(kind, x, g.w(outputs, channels, *kernel), dilations=dilations, **numbers)
    else:
        pads = [min(pad, (reach - 1) // 2) for pad, reach in zip(pads, kernel * 2)]
        y = g.op(kind, x, g.w(channels, outputs, *kernel), **{**numbers, "pads": pads})
    return SmallGraph(g.name, g.model([y]), g.inputs)
