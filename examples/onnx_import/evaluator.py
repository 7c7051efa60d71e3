# SPDX-License-Identifier: BSD-3-Clause
"""ONNX's operators in NumPy, as the standard defines them in opsets 7 to 17, so that an imported network has answers
to agree with. Where versions of an operator differ, the model's opset decides. Batches and any number of spatial axes
are allowed; half precision is computed in single and rounded after each node.

    answers = evaluate(onnx.load("model.onnx"), {"input": numpy.zeros((1, 3, 224, 224), numpy.float32)})
"""
import itertools
import math

import numpy as np
import onnx
from onnx import numpy_helper

from .refusal import Refusal, node_words, quoted, shape_words

OPERATORS = {}
MOST_VALUES = 2**28


class Call:
    """One node with its arrays: what an operator's function is given."""

    def __init__(self, node, inputs, opset):
        self.node, self.inputs, self.opset = node, inputs, opset
        self.attributes = {attribute.name: attribute for attribute in node.attribute}

    def attribute(self, name, default=None):
        """A number, string, list or array; strings are decoded."""
        if name not in self.attributes:
            return default
        value = onnx.helper.get_attribute_value(self.attributes[name])
        if isinstance(value, bytes):
            return value.decode("utf-8", "backslashreplace")
        if isinstance(value, onnx.TensorProto):
            return numpy_helper.to_array(value)
        return value if isinstance(value, (int, float)) else list(value)

    def has(self, index):
        return index < len(self.inputs) and self.inputs[index] is not None

    def input(self, index, default=None):
        if self.has(index):
            return self.inputs[index]
        if default is None:
            raise Wrong(f"expected an input {index}, found {len(self.inputs)} inputs")
        return default

    def integers(self, index, name, since, default=None):
        """A list of integers that was an attribute before opset `since` and is an input from there on."""
        if self.opset < since:
            return self.attribute(name, default)
        return [int(each) for each in self.inputs[index].reshape(-1)] if self.has(index) else default


class Wrong(Exception):
    """What an operator finds wrong; `evaluate` adds the node."""


def operator(*names):
    def add(function):
        for name in names:
            OPERATORS[name] = function
        return function
    return add


def checked(shape):
    """A shape that memory can hold."""
    shape = tuple(int(extent) for extent in shape)
    if any(extent < 0 for extent in shape):
        raise Wrong(f"expected extents of 0 or more, found {shape_words(shape)}")
    if math.prod(shape) > MOST_VALUES:
        raise Wrong(f"expected at most {MOST_VALUES:,} values in one tensor, found the shape {shape_words(shape)}")
    return shape


def check_size(shape, what):
    """Refuses a tensor that memory cannot hold."""
    if math.prod(shape) > MOST_VALUES:
        raise Refusal(f"{what} has the shape {shape_words(shape)} where at most {MOST_VALUES:,} values were expected")


# --- element by element

def elementwise(name, function):
    def call(call):
        found = call.input(0)
        return function(found).astype(found.dtype, copy=False)
    OPERATORS[name] = call


def sigmoid(x):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


_error_function = np.vectorize(math.erf, otypes=[np.float64])

for _name, _function in {
    "Abs": np.abs, "Ceil": np.ceil, "Cos": np.cos, "Cosh": np.cosh, "Erf": _error_function, "Exp": np.exp,
    "Floor": np.floor, "Identity": lambda x: x, "Log": np.log, "Neg": np.negative, "Not": np.logical_not,
    "Reciprocal": lambda x: 1 / x, "Relu": lambda x: np.maximum(x, 0), "Round": np.rint, "Sigmoid": sigmoid,
    "Sign": np.sign, "Sin": np.sin, "Sinh": np.sinh, "Softplus": lambda x: np.logaddexp(x, 0),
    "Softsign": lambda x: x / (1 + np.abs(x)), "Sqrt": np.sqrt, "Tan": np.tan, "Tanh": np.tanh,
    "Acos": np.arccos, "Asin": np.arcsin, "Atan": np.arctan,
    "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "Mish": lambda x: x * np.tanh(np.logaddexp(x, 0)),
}.items():
    elementwise(_name, _function)


def parametric(name, function, **defaults):
    """An activation with numbers, which are attributes."""
    def call(call):
        found = call.input(0)
        numbers = {key: found.dtype.type(call.attribute(key, value)) for key, value in defaults.items()}
        return function(found, **numbers).astype(found.dtype, copy=False)
    OPERATORS[name] = call


parametric("Celu", lambda x, alpha: np.maximum(x, 0) + np.minimum(0, alpha * np.expm1(x / alpha)), alpha=1.0)
parametric("Elu", lambda x, alpha: np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x), alpha=1.0)
parametric("HardSigmoid", lambda x, alpha, beta: np.clip(alpha * x + beta, 0, 1), alpha=0.2, beta=0.5)
parametric("LeakyRelu", lambda x, alpha: np.where(x < 0, alpha * x, x), alpha=0.01)
parametric("Selu", lambda x, alpha, gamma: gamma * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
           alpha=1.67326319217681884765625, gamma=1.05070102214813232421875)
parametric("ThresholdedRelu", lambda x, alpha: np.where(x > alpha, x, 0), alpha=1.0)
parametric("Shrink", lambda x, bias, lambd: np.where(x < -lambd, x + bias, np.where(x > lambd, x - bias, 0)),
           bias=0.0, lambd=0.5)


def same_types(arrays):
    if len({array.dtype for array in arrays}) > 1:
        types = ", ".join(str(array.dtype) for array in arrays)
        raise Wrong(f"expected inputs of one type, found {types}")
    return arrays


def broadcast(arrays):
    try:
        return checked(np.broadcast_shapes(*(array.shape for array in arrays)))
    except ValueError:
        raise Wrong("expected shapes that broadcast, found " +
                    " and ".join(shape_words(array.shape) for array in arrays)) from None


def pairwise(name, function, result=None):
    """Two inputs or, where ONNX allows any number, all of them from the left."""
    def call(call):
        arrays = same_types([call.input(index) for index in range(len(call.inputs))])
        broadcast(arrays)
        found = arrays[0]
        for each in arrays[1:]:
            found = function(found, each)
        return found.astype(result or arrays[0].dtype, copy=False)
    OPERATORS[name] = call


def divide(a, b):
    if not np.issubdtype(a.dtype, np.integer):
        return a / b
    if np.any(b == 0):
        raise Wrong("expected integers to divide by, found 0")
    quotient = np.abs(a) // np.abs(b)
    return np.where((a < 0) != (b < 0), -quotient, quotient)


for _name, _function in {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": divide, "Max": np.maximum,
                         "Min": np.minimum, "Sum": np.add}.items():
    pairwise(_name, _function)
for _name, _function in {"And": np.logical_and, "Or": np.logical_or, "Xor": np.logical_xor, "Equal": np.equal,
                         "Less": np.less, "LessOrEqual": np.less_equal, "Greater": np.greater,
                         "GreaterOrEqual": np.greater_equal}.items():
    pairwise(_name, _function, bool)


@operator("Mean")
def mean_of_inputs(call):
    arrays = same_types(call.inputs)
    broadcast(arrays)
    return (sum(arrays[1:], arrays[0]) / len(arrays)).astype(arrays[0].dtype)


@operator("Pow")
def power(call):
    base, exponent = call.input(0), call.input(1)
    broadcast([base, exponent])
    return np.power(base, exponent.astype(base.dtype)).astype(base.dtype)


@operator("Mod")
def modulo(call):
    a, b = same_types([call.input(0), call.input(1)])
    broadcast([a, b])
    return np.fmod(a, b) if call.attribute("fmod", 0) else np.mod(a, b)


@operator("PRelu")
def prelu(call):
    x, slope = same_types([call.input(0), call.input(1)])
    if broadcast([x, slope]) != x.shape:
        raise Wrong(f"expected a slope that broadcasts to {shape_words(x.shape)}, found {shape_words(slope.shape)}")
    return np.where(x < 0, x * slope, x)


@operator("Clip")
def clip(call):
    x = call.input(0)
    if call.opset < 11:
        low, high = call.attribute("min"), call.attribute("max")
    else:
        low, high = (call.inputs[index] if call.has(index) else None for index in (1, 2))
    if low is not None:
        x = np.maximum(x, np.asarray(low, x.dtype).reshape(()))
    if high is not None:
        x = np.minimum(x, np.asarray(high, x.dtype).reshape(()))
    return x


@operator("Where")
def where(call):
    condition, x, y = (call.input(index) for index in range(3))
    same_types([x, y])
    broadcast([condition, x, y])
    return np.where(condition, x, y)


@operator("Cast")
def cast(call):
    types = {onnx.TensorProto.FLOAT: np.float32, onnx.TensorProto.DOUBLE: np.float64,
             onnx.TensorProto.FLOAT16: np.float16, onnx.TensorProto.BOOL: np.bool_,
             onnx.TensorProto.INT64: np.int64, onnx.TensorProto.INT32: np.int32, onnx.TensorProto.INT16: np.int16,
             onnx.TensorProto.INT8: np.int8, onnx.TensorProto.UINT8: np.uint8, onnx.TensorProto.UINT16: np.uint16,
             onnx.TensorProto.UINT32: np.uint32, onnx.TensorProto.UINT64: np.uint64}
    to = call.attribute("to")
    if to not in types:
        raise Wrong(f"expected a type of numbers to cast to, found type {to}")
    return call.input(0).astype(types[to])


@operator("Gelu")
def gelu(call):
    x = call.input(0).astype(np.float64)
    if call.attribute("approximate", "none") == "tanh":
        inner = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    else:
        inner = _error_function(x / math.sqrt(2))
    return (0.5 * x * (1 + inner)).astype(call.input(0).dtype)


@operator("Dropout")
def dropout(call):
    if call.opset >= 12 and call.has(2) and call.inputs[2].reshape(-1)[0] and \
            not (call.has(1) and not call.inputs[1].reshape(-1)[0]):
        raise Wrong("expected a model for inference, found Dropout in training_mode")
    return [call.input(0), np.ones(call.input(0).shape, bool)]


# --- shapes and places

@operator("Constant")
def constant(call):
    if "value" in call.attributes:
        return call.attribute("value")
    for name, kind in (("value_float", np.float32), ("value_floats", np.float32),
                       ("value_int", np.int64), ("value_ints", np.int64)):
        if name in call.attributes:
            return np.array(call.attribute(name), kind)
    raise Wrong(f"expected a value of numbers, found the attributes {', '.join(map(quoted, call.attributes))}")


@operator("Shape")
def shape(call):
    found = call.input(0).shape
    return np.array(found[slice(call.attribute("start", 0), call.attribute("end"))], np.int64)


@operator("Size")
def size(call):
    return np.array(call.input(0).size, np.int64)


@operator("ConstantOfShape")
def constant_of_shape(call):
    value = call.attribute("value", np.zeros(1, np.float32)).reshape(-1)
    if value.size != 1:
        raise Wrong(f"expected one value, found {value.size}")
    return np.full(checked(call.input(0).reshape(-1)), value[0], value.dtype)


@operator("Range")
def arange(call):
    start, limit, delta = (call.input(index).reshape(-1)[0] for index in range(3))
    if delta == 0:
        raise Wrong("expected a delta, found 0")
    count = checked((max(0, math.ceil((limit - start) / delta)),))[0]
    return (start + np.arange(count).astype(start.dtype) * delta).astype(start.dtype)


@operator("Reshape")
def reshape(call):
    x, wanted = call.input(0), [int(extent) for extent in call.input(1).reshape(-1)]
    if not (call.opset >= 14 and call.attribute("allowzero", 0)):
        if any(extent == 0 and axis >= x.ndim for axis, extent in enumerate(wanted)):
            raise Wrong(f"expected at most {x.ndim} extents to copy, found {shape_words(wanted)}")
        wanted = [x.shape[axis] if extent == 0 else extent for axis, extent in enumerate(wanted)]
    elif -1 in wanted and 0 in wanted:
        raise Wrong(f"expected no -1 beside 0 with allowzero, found {shape_words(wanted)}")
    known = math.prod(extent for extent in wanted if extent != -1)
    if wanted.count(-1) == 1 and known and x.size % known == 0:
        wanted[wanted.index(-1)] = x.size // known
    if any(extent < 0 for extent in wanted) or math.prod(wanted) != x.size:
        raise Wrong(f"expected a shape of {x.size} values, found {shape_words(wanted)}")
    return x.reshape(wanted)


@operator("Flatten")
def flatten(call):
    x = call.input(0)
    axis = axis_in(call.attribute("axis", 1), x.ndim, or_end=True)
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


@operator("Transpose")
def transpose(call):
    x = call.input(0)
    order = call.attribute("perm", list(range(x.ndim))[::-1])
    if sorted(order) != list(range(x.ndim)):
        raise Wrong(f"expected a permutation of {x.ndim} axes, found perm {order}")
    return np.transpose(x, order)


def axis_in(axis, rank, or_end=False):
    axis = int(axis)
    if not -rank <= axis < rank + or_end:
        raise Wrong(f"expected an axis of {rank}, found axis {axis}")
    return axis + rank if axis < 0 else axis


@operator("Unsqueeze")
def unsqueeze(call):
    x, axes = call.input(0), call.integers(1, "axes", 13)
    rank = x.ndim + len(axes)
    axes = sorted(axis_in(axis, rank) for axis in axes)
    if len(set(axes)) != len(axes):
        raise Wrong(f"expected axes that differ, found {axes}")
    for axis in axes:
        x = np.expand_dims(x, axis)
    return x


@operator("Squeeze")
def squeeze(call):
    x, axes = call.input(0), call.integers(1, "axes", 13)
    if axes is None:
        axes = [axis for axis, extent in enumerate(x.shape) if extent == 1]
    axes = {axis_in(axis, x.ndim) for axis in axes}
    if any(x.shape[axis] != 1 for axis in axes):
        raise Wrong(f"expected extents of 1 at the axes {sorted(axes)}, found {shape_words(x.shape)}")
    return x.reshape([extent for axis, extent in enumerate(x.shape) if axis not in axes])


@operator("Expand")
def expand(call):
    x, wanted = call.input(0), tuple(int(extent) for extent in call.input(1).reshape(-1))
    try:
        return np.broadcast_to(x, checked(np.broadcast_shapes(x.shape, wanted)))
    except ValueError:
        raise Wrong(f"expected a shape that {shape_words(x.shape)} broadcasts to, "
                    f"found {shape_words(wanted)}") from None


@operator("Tile")
def tile(call):
    x, repeats = call.input(0), call.input(1).reshape(-1)
    checked(np.array(x.shape, object) * repeats)
    return np.tile(x, repeats)


@operator("Concat")
def concat(call):
    arrays = same_types([call.input(index) for index in range(len(call.inputs))])
    axis = axis_in(call.attribute("axis"), arrays[0].ndim)
    return np.concatenate(arrays, axis)


@operator("Split")
def split(call):
    x = call.input(0)
    axis = axis_in(call.attribute("axis", 0), x.ndim)
    parts, extent = len(call.node.output), x.shape[axis]
    sizes = call.integers(1, "split", 13)
    if sizes is None and call.opset >= 18:
        each = -(-extent // parts)
        sizes = [each] * (parts - 1) + [extent - each * (parts - 1)]
    elif sizes is None:
        sizes = [extent // parts] * parts
    if len(sizes) != parts or sum(sizes) != extent or min(sizes) < 0:
        raise Wrong(f"expected {parts} parts of {extent}, found parts of {sizes}")
    return np.split(x, np.cumsum(sizes)[:-1], axis)


@operator("Slice")
def slice_of(call):
    x = call.input(0)
    starts, ends = call.integers(1, "starts", 10), call.integers(2, "ends", 10)
    axes = call.integers(3, "axes", 10, list(range(len(starts))))
    steps = call.integers(4, "steps", 10) if call.opset >= 10 else None
    steps = steps or [1] * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise Wrong(f"expected a start, an end, an axis and a step each, found {starts}, {ends}, {axes}, {steps}")
    cuts = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps):
        axis = axis_in(axis, x.ndim)
        extent = x.shape[axis]
        start = min(max(start + extent if start < 0 else start, 0), extent if step > 0 else extent - 1)
        end = min(max(end + extent if end < 0 else end, 0 if step > 0 else -1), extent)
        cuts[axis] = slice(start, None if end < 0 else end, step)
    return x[tuple(cuts)]


@operator("Gather")
def gather(call):
    x, places = call.input(0), call.input(1)
    axis = axis_in(call.attribute("axis", 0), x.ndim)
    extent = x.shape[axis]
    if np.any(places < -extent) or np.any(places >= extent):
        raise Wrong(f"expected indices of {extent}, found {places.min()} to {places.max()}")
    return np.take(x, places, axis)


@operator("GatherElements")
def gather_elements(call):
    x, places = call.input(0), call.input(1)
    axis = axis_in(call.attribute("axis", 0), x.ndim)
    return np.take_along_axis(x, np.where(places < 0, places + x.shape[axis], places), axis)


@operator("GatherND")
def gather_nd(call):
    x, places = call.input(0), call.input(1)
    if call.attribute("batch_dims", 0):
        raise Wrong("expected batch_dims 0")
    return x[tuple(np.moveaxis(places, -1, 0))]


@operator("ScatterND")
def scatter_nd(call):
    x = call.input(0).copy()
    if call.attribute("reduction", "none") != "none":
        raise Wrong("expected no reduction")
    x[tuple(np.moveaxis(call.input(1), -1, 0))] = call.input(2)
    return x


@operator("NonZero")
def nonzero(call):
    return np.array(np.nonzero(call.input(0)), np.int64)


@operator("DepthToSpace")
def depth_to_space(call):
    x, block = call.input(0), call.attribute("blocksize")
    n, c, h, w = picture(x)
    if block < 1 or c % block**2:
        raise Wrong(f"expected channels that {block} x {block} divides, found {c}")
    depth = c // block**2
    mode = call.attribute("mode", "DCR")
    if mode == "DCR":
        parts, order = (n, block, block, depth, h, w), (0, 3, 4, 1, 5, 2)
    elif mode == "CRD":
        parts, order = (n, depth, block, block, h, w), (0, 1, 4, 2, 5, 3)
    else:
        raise Wrong(f"expected mode DCR or CRD, found {quoted(mode)}")
    return x.reshape(parts).transpose(order).reshape(n, depth, h * block, w * block)


@operator("SpaceToDepth")
def space_to_depth(call):
    x, block = call.input(0), call.attribute("blocksize")
    n, c, h, w = picture(x)
    if block < 1 or h % block or w % block:
        raise Wrong(f"expected a height and a width that {block} divides, found {h} x {w}")
    parts = x.reshape(n, c, h // block, block, w // block, block)
    return parts.transpose(0, 3, 5, 1, 2, 4).reshape(n, c * block**2, h // block, w // block)


def picture(x):
    if x.ndim != 4:
        raise Wrong(f"expected a shape of 4 axes, found {shape_words(x.shape)}")
    return x.shape


@operator("Pad")
def pad(call):
    x = call.input(0)
    pads = call.integers(1, "pads", 11)
    if call.opset < 11:
        value = call.attribute("value", 0.0)
    else:
        value = call.inputs[2].reshape(-1)[0] if call.has(2) and call.inputs[2].size else 0
    axes = list(range(x.ndim))
    if call.opset >= 18 and call.has(3):
        axes = [axis_in(axis, x.ndim) for axis in call.inputs[3].reshape(-1)]
    if pads is None or len(pads) != 2 * len(axes):
        raise Wrong(f"expected {2 * len(axes)} pads, found {pads}")
    mode = call.attribute("mode", "constant")
    widths = [(0, 0)] * x.ndim
    for index, axis in enumerate(axes):
        widths[axis] = (pads[index], pads[index + len(axes)])
    crop = [slice(max(0, -first), extent - max(0, -last)) for (first, last), extent in zip(widths, x.shape)]
    x = x[tuple(crop)]
    widths = [(max(0, first), max(0, last)) for first, last in widths]
    checked(extent + sum(width) for extent, width in zip(x.shape, widths))
    if mode == "constant":
        return np.pad(x, widths, constant_values=x.dtype.type(value))
    if mode not in ("reflect", "edge"):
        raise Wrong(f"expected mode constant, reflect or edge, found {quoted(mode)}")
    if any(max(width) > max(0, extent - (mode == "reflect")) * (10**9 if mode == "edge" else 1)
           for width, extent in zip(widths, x.shape)):
        raise Wrong(f"expected fewer pads than {shape_words(x.shape)} has values to take, found {pads}")
    return np.pad(x, widths, mode=mode)


# --- windows

def numbers(call, name, count, default):
    found = call.attribute(name) or [default] * count
    if len(found) != count or min(found) < (1 if default == 1 else 0) or max(found) > 2**31:
        raise Wrong(f"expected {count} positive numbers in {name}, found {found}")
    return found


class Window:
    """Strides, dilations, pads and the output's extent on each spatial axis."""

    def __init__(self, call, extents, kernel, ceil_mode=False):
        count = len(kernel)
        if len(extents) != count or count == 0 or min(kernel) < 1:
            raise Wrong(f"expected a window of {len(extents)} axes, found kernel_shape {list(kernel)}")
        self.kernel = kernel
        self.strides = numbers(call, "strides", count, 1)
        self.dilations = numbers(call, "dilations", count, 1)
        self.reach = [(size - 1) * dilation + 1 for size, dilation in zip(kernel, self.dilations)]
        auto_pad = call.attribute("auto_pad", "NOTSET") or "NOTSET"
        pads = numbers(call, "pads", 2 * count, 0)
        if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
            pads = self.same(extents, auto_pad)
        elif auto_pad == "VALID":
            pads = [0] * 2 * count
        elif auto_pad != "NOTSET":
            raise Wrong(f"expected auto_pad NOTSET, SAME_UPPER, SAME_LOWER or VALID, found {quoted(auto_pad)}")
        self.before, self.after = pads[:count], pads[count:]
        ceil_mode = ceil_mode and auto_pad in ("NOTSET", "VALID")
        self.extents = [self.count(*axis, ceil_mode) for axis in
                        zip(extents, self.before, self.after, self.reach, self.strides)]
        if min(self.extents) < 1:
            raise Wrong(f"expected a window that fits, found {self.reach} on {list(extents)} with pads {pads}")

    def same(self, extents, auto_pad):
        pads = []
        for extent, reach, stride in zip(extents, self.reach, self.strides):
            total = max(0, (-(-extent // stride) - 1) * stride + reach - extent)
            pads.append((total // 2, total - total // 2))
        first, last = zip(*(pads if auto_pad == "SAME_UPPER" else [each[::-1] for each in pads]))
        return list(first + last)

    @staticmethod
    def count(extent, before, after, reach, stride, ceil_mode):
        room = extent + before + after - reach
        if not ceil_mode or room < 0:
            return room // stride + 1
        count = -(-room // stride) + 1
        # A window that begins behind the map and its pads at the front holds nothing.
        return count - ((count - 1) * stride >= extent + before)

    def padded(self, x, value):
        """x with pads, and as much behind it as ceil_mode's last window reaches."""
        behind = [max(after, (count - 1) * stride + reach - extent - before) for
                  after, count, stride, reach, extent, before in
                  zip(self.after, self.extents, self.strides, self.reach, x.shape[2:], self.before)]
        widths = [(0, 0), (0, 0), *zip(self.before, behind)]
        checked(extent + sum(width) for extent, width in zip(x.shape, widths))
        return np.pad(x, widths, constant_values=value) if any(map(any, widths)) else x

    def taps(self, padded):
        """Each place in the kernel, with what it sees from every window."""
        for place in itertools.product(*(range(size) for size in self.kernel)):
            cuts = tuple(slice(at * dilation, at * dilation + (count - 1) * stride + 1, stride)
                         for at, dilation, count, stride in zip(place, self.dilations, self.extents, self.strides))
            yield place, padded[(slice(None), slice(None)) + cuts]


@operator("Conv")
def conv(call):
    x, weight = same_types([call.input(0), call.input(1)])
    group = call.attribute("group", 1)
    if x.ndim < 3 or weight.ndim != x.ndim:
        raise Wrong(f"expected a weight of {x.ndim} axes, found {shape_words(weight.shape)}")
    kernel = weight.shape[2:]
    if list(call.attribute("kernel_shape", kernel)) != list(kernel):
        raise Wrong(f"expected kernel_shape {list(kernel)} as the weight, found {call.attribute('kernel_shape')}")
    out, inner = weight.shape[:2]
    if group < 1 or out % group or x.shape[1] != inner * group:
        raise Wrong(f"expected {inner * group} channels for a weight of {shape_words(weight.shape)} in {group} "
                    f"groups, found {x.shape[1]}")
    window = Window(call, x.shape[2:], kernel)
    padded = window.padded(x, 0)
    n, places = x.shape[0], math.prod(window.extents)
    weight = weight.reshape(group, out // group, inner, *kernel)
    made = np.zeros((n, group, out // group, places), x.dtype)
    for place, seen in window.taps(padded):
        part = np.ascontiguousarray(weight[(slice(None),) * 3 + place])
        seen = np.ascontiguousarray(seen).reshape(n, group, inner, places)
        made += part * seen if inner == 1 else part @ seen
    return with_bias(call, made.reshape(n, out, *window.extents))


def with_bias(call, made):
    if not call.has(2):
        return made
    bias = call.inputs[2]
    if bias.shape != made.shape[1:2]:
        raise Wrong(f"expected a bias of [{made.shape[1]}], found {shape_words(bias.shape)}")
    return made + bias.reshape(-1, *[1] * (made.ndim - 2))


@operator("ConvTranspose")
def conv_transpose(call):
    x, weight = same_types([call.input(0), call.input(1)])
    group, count = call.attribute("group", 1), x.ndim - 2
    if x.ndim < 3 or weight.ndim != x.ndim or weight.shape[0] != x.shape[1] or group < 1 or x.shape[1] % group:
        raise Wrong(f"expected a weight for {x.shape[1]} channels in {group} groups, "
                    f"found {shape_words(weight.shape)}")
    kernel, out = weight.shape[2:], weight.shape[1] * group
    if list(call.attribute("kernel_shape", kernel)) != list(kernel):
        raise Wrong(f"expected kernel_shape {list(kernel)} as the weight, found {call.attribute('kernel_shape')}")
    strides, dilations = numbers(call, "strides", count, 1), numbers(call, "dilations", count, 1)
    extra = numbers(call, "output_padding", count, 0)
    whole = [(extent - 1) * stride + (size - 1) * dilation + 1 for extent, stride, size, dilation in
             zip(x.shape[2:], strides, kernel, dilations)]
    before, extents = transposed_extents(call, x.shape[2:], strides, whole, extra)
    checked((x.shape[0], out, *(max(pair) for pair in zip(whole, extents))))

    n, inner = x.shape[0], x.shape[1] // group
    x = np.ascontiguousarray(x).reshape(n, group, inner, -1)
    weight = weight.reshape(group, inner, out // group, *kernel)
    made = np.zeros((n, out, *whole), x.dtype)
    for place in itertools.product(*(range(size) for size in kernel)):
        part = np.ascontiguousarray(np.swapaxes(weight[(slice(None),) * 3 + place], 1, 2)) @ x
        cuts = tuple(slice(at * dilation, at * dilation + (extent - 1) * stride + 1, stride) for
                     at, dilation, extent, stride in zip(place, dilations, call.inputs[0].shape[2:], strides))
        made[(slice(None), slice(None)) + cuts] += part.reshape(n, out, *call.inputs[0].shape[2:])
    behind = [(0, max(0, first + extent - full)) for first, extent, full in zip(before, extents, whole)]
    front = [(max(0, -first), 0) for first in before]
    made = np.pad(made, [(0, 0), (0, 0), *((a, b) for (a, _), (_, b) in zip(front, behind))])
    cuts = tuple(slice(max(0, first), max(0, first) + extent) for first, extent in zip(before, extents))
    return with_bias(call, made[(slice(None), slice(None)) + cuts])


def transposed_extents(call, extents, strides, whole, extra):
    """How much is cut off at the front of each axis, and what is left."""
    auto_pad = call.attribute("auto_pad", "NOTSET") or "NOTSET"
    wanted = call.attribute("output_shape")
    if wanted is not None:
        wanted = wanted[-len(extents):]
    elif auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [extent * stride for extent, stride in zip(extents, strides)]
    if wanted is None:
        pads = [0] * 2 * len(extents) if auto_pad == "VALID" else numbers(call, "pads", 2 * len(extents), 0)
        before, after = pads[:len(extents)], pads[len(extents):]
        made = [full + more - first - last for full, more, first, last in zip(whole, extra, before, after)]
    else:
        # The odd one goes to the end for SAME_UPPER; until opset 10 it was the other way round.
        more_behind = (auto_pad == "SAME_UPPER") == (call.opset >= 11)
        total = [max(0, full + more - extent) for full, more, extent in zip(whole, extra, wanted)]
        before = [each // 2 if more_behind else each - each // 2 for each in total]
        made = wanted
    if len(made) != len(extents) or min(made) < 1:
        raise Wrong(f"expected an output of {len(extents)} positive extents, found {made}")
    return before, made


@operator("MaxPool")
def max_pool(call):
    x = call.input(0)
    window = Window(call, x.shape[2:], call.attribute("kernel_shape", []), call.attribute("ceil_mode", 0))
    lowest = -np.inf if np.issubdtype(x.dtype, np.floating) else np.iinfo(x.dtype).min
    made = None
    for _, seen in window.taps(window.padded(x, lowest)):
        made = seen.copy() if made is None else np.maximum(made, seen, out=made)
    return made


@operator("AveragePool")
def average_pool(call):
    x = call.input(0)
    window = Window(call, x.shape[2:], call.attribute("kernel_shape", []), call.attribute("ceil_mode", 0))
    counts = window.padded(np.ones((1, 1, *x.shape[2:])), 0)
    if call.attribute("count_include_pad", 0):
        # Pads count, but not what ceil_mode's last window reaches behind them.
        inside = tuple(slice(0, first + extent + last) for first, extent, last in
                       zip(window.before, x.shape[2:], window.after))
        counts[(slice(None), slice(None)) + inside] = 1
    total = sum(seen for _, seen in window.taps(window.padded(x, 0).astype(np.float64)))
    return (total / sum(seen for _, seen in window.taps(counts))).astype(x.dtype)


@operator("LpPool")
def lp_pool(call):
    x, p = call.input(0), call.attribute("p", 2)
    window = Window(call, x.shape[2:], call.attribute("kernel_shape", []))
    total = sum(np.abs(seen)**p for _, seen in window.taps(window.padded(x, 0).astype(np.float64)))
    return (total**(1 / p)).astype(x.dtype)


@operator("GlobalAveragePool")
def global_average_pool(call):
    x = call.input(0)
    return x.mean(axis=tuple(range(2, x.ndim)), keepdims=True, dtype=np.float64).astype(x.dtype)


@operator("GlobalMaxPool")
def global_max_pool(call):
    x = call.input(0)
    return x.max(axis=tuple(range(2, x.ndim)), keepdims=True)


# --- sums

@operator("MatMul")
def matmul(call):
    a, b = same_types([call.input(0), call.input(1)])
    try:
        return np.asarray(np.matmul(a, b))
    except ValueError:
        raise Wrong(f"expected matrices that multiply, found {shape_words(a.shape)} and "
                    f"{shape_words(b.shape)}") from None


@operator("Gemm")
def gemm(call):
    a, b = same_types([call.input(0), call.input(1)])
    a = a.T if call.attribute("transA", 0) else a
    b = b.T if call.attribute("transB", 0) else b
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0]:
        raise Wrong(f"expected matrices that multiply, found {shape_words(a.shape)} and {shape_words(b.shape)}")
    made = a.dtype.type(call.attribute("alpha", 1.0)) * (a @ b)
    if call.has(2):
        added = call.inputs[2]
        if broadcast([made, added]) != made.shape:
            raise Wrong(f"expected what broadcasts to {shape_words(made.shape)}, found {shape_words(added.shape)}")
        made = made + a.dtype.type(call.attribute("beta", 1.0)) * added
    return made.astype(a.dtype, copy=False)


def reduction(name, function, axes_are_input_since=18):
    def call(call):
        x = call.input(0)
        axes = call.integers(1, "axes", axes_are_input_since)
        if not axes and call.opset >= axes_are_input_since and call.attribute("noop_with_empty_axes", 0):
            return x
        axes = tuple(axis_in(axis, x.ndim) for axis in axes) if axes else tuple(range(x.ndim))
        wide = np.float64 if np.issubdtype(x.dtype, np.floating) else x.dtype
        made = function(x.astype(wide), axes, bool(call.attribute("keepdims", 1)))
        return np.asarray(made).astype(x.dtype)
    OPERATORS[name] = call


def log_sum_exp(x, axis, keepdims):
    largest = x.max(axis=axis, keepdims=True)
    made = np.log(np.exp(x - largest).sum(axis=axis, keepdims=True)) + largest
    return made if keepdims else np.squeeze(made, axis)


reduction("ReduceSum", lambda x, axes, keep: x.sum(axis=axes, keepdims=keep), axes_are_input_since=13)
for _name, _function in {
    "ReduceMean": lambda x, axes, keep: x.mean(axis=axes, keepdims=keep),
    "ReduceMax": lambda x, axes, keep: x.max(axis=axes, keepdims=keep),
    "ReduceMin": lambda x, axes, keep: x.min(axis=axes, keepdims=keep),
    "ReduceProd": lambda x, axes, keep: x.prod(axis=axes, keepdims=keep),
    "ReduceL1": lambda x, axes, keep: np.abs(x).sum(axis=axes, keepdims=keep),
    "ReduceL2": lambda x, axes, keep: np.sqrt((x * x).sum(axis=axes, keepdims=keep)),
    "ReduceSumSquare": lambda x, axes, keep: (x * x).sum(axis=axes, keepdims=keep),
    "ReduceLogSum": lambda x, axes, keep: np.log(x.sum(axis=axes, keepdims=keep)),
    "ReduceLogSumExp": log_sum_exp,
}.items():
    reduction(_name, _function)


@operator("ArgMax", "ArgMin")
def arg_extreme(call):
    x = call.input(0)
    axis = axis_in(call.attribute("axis", 0), x.ndim)
    x = x if call.node.op_type == "ArgMax" else -x
    if call.attribute("select_last_index", 0):
        made = x.shape[axis] - 1 - np.argmax(np.flip(x, axis), axis)
    else:
        made = np.argmax(x, axis)
    return (np.expand_dims(made, axis) if call.attribute("keepdims", 1) else made).astype(np.int64)


@operator("Softmax", "LogSoftmax")
def softmax(call):
    x = call.input(0)
    if call.opset >= 13:
        axes = (axis_in(call.attribute("axis", -1), x.ndim),)
    else:
        axes = tuple(range(axis_in(call.attribute("axis", 1), x.ndim, or_end=True), x.ndim))
    wide = x.astype(np.float64)
    wide = wide - wide.max(axis=axes, keepdims=True)
    total = np.exp(wide).sum(axis=axes, keepdims=True)
    made = np.exp(wide) / total if call.node.op_type == "Softmax" else wide - np.log(total)
    return made.astype(x.dtype)


# --- normalisation

def per_channel(values, rank):
    return values.reshape(-1, *[1] * (rank - 2))


@operator("BatchNormalization")
def batch_normalization(call):
    x = call.input(0)
    if call.opset >= 14 and call.attribute("training_mode", 0) or \
            call.opset < 14 and sum(map(bool, call.node.output)) > 1:
        raise Wrong("expected a model for inference, found BatchNormalization that trains")
    values = [call.input(index).astype(np.float64) for index in range(1, 5)]
    if call.opset >= 9 or call.attribute("spatial", 1):
        if any(each.shape != x.shape[1:2] for each in values):
            raise Wrong(f"expected four tensors of [{x.shape[1]}], found "
                        f"{' '.join(shape_words(each.shape) for each in values)}")
        values = [per_channel(each, x.ndim) for each in values]
    scale, bias, mean, variance = values
    factor = scale / np.sqrt(variance + call.attribute("epsilon", 1e-5))
    return ((x - mean) * factor + bias).astype(x.dtype)


@operator("InstanceNormalization")
def instance_normalization(call):
    x = call.input(0)
    axes = tuple(range(2, x.ndim))
    wide = x.astype(np.float64)
    centred = wide - wide.mean(axis=axes, keepdims=True)
    variance = (centred * centred).mean(axis=axes, keepdims=True)
    scale, bias = (per_channel(call.input(index), x.ndim) for index in (1, 2))
    return (scale * centred / np.sqrt(variance + call.attribute("epsilon", 1e-5)) + bias).astype(x.dtype)


@operator("LayerNormalization")
def layer_normalization(call):
    x = call.input(0)
    axes = tuple(range(axis_in(call.attribute("axis", -1), x.ndim), x.ndim))
    wide = x.astype(np.float64)
    centred = wide - wide.mean(axis=axes, keepdims=True)
    variance = (centred * centred).mean(axis=axes, keepdims=True)
    made = centred / np.sqrt(variance + call.attribute("epsilon", 1e-5)) * call.input(1)
    return (made + call.inputs[2] if call.has(2) else made).astype(x.dtype)


@operator("LpNormalization")
def lp_normalization(call):
    x, p = call.input(0), call.attribute("p", 2)
    axis = axis_in(call.attribute("axis", -1), x.ndim)
    return (x / (np.abs(x)**p).sum(axis=axis, keepdims=True)**(1 / p)).astype(x.dtype)


@operator("LRN")
def local_response_normalization(call):
    x, size = call.input(0), call.attribute("size")
    before = (size - 1) // 2
    squares = np.pad(x.astype(np.float64)**2, [(0, 0), (before, size - 1 - before)] + [(0, 0)] * (x.ndim - 2))
    total = sum(squares[:, at:at + x.shape[1]] for at in range(size))
    scale = call.attribute("bias", 1.0) + call.attribute("alpha", 1e-4) / size * total
    return (x / scale**call.attribute("beta", 0.75)).astype(x.dtype)


# --- resizing

@operator("Resize", "Upsample")
def resize(call):
    x = call.input(0)
    old = call.node.op_type == "Upsample" or call.opset == 10
    mode = call.attribute("mode", "nearest")
    if mode not in ("nearest", "linear", "bilinear", "cubic"):
        raise Wrong(f"expected mode nearest, linear or cubic, found {quoted(mode)}")
    coordinates = "asymmetric" if old else call.attribute("coordinate_transformation_mode", "half_pixel")
    axes = call.attribute("axes") or list(range(x.ndim))
    regions = [(0.0, 1.0)] * x.ndim
    if not old and coordinates == "tf_crop_and_resize":
        region = call.input(1).reshape(-1)
        regions = list(zip(region[:len(region) // 2], region[len(region) // 2:]))
    scales, extents = sizes_of_resize(call, x, old, [axis_in(axis, x.ndim) for axis in axes], regions, coordinates)
    for axis in range(x.ndim):
        scale, extent, region = scales[axis], extents[axis], regions[axis]
        if scale == 1 and extent == x.shape[axis] and coordinates != "tf_crop_and_resize":
            continue
        places = original_places(coordinates, extent, x.shape[axis], scale, region)
        outside = (places < 0) | (places > x.shape[axis] - 1)
        if mode == "nearest":
            made = np.take(x, nearest(call, places, x.shape[axis], old, scale), axis)
        else:
            taps = linear_taps if mode != "cubic" else cubic_taps
            made = weighted(x, axis, *taps(call, places, x.shape[axis]))
        if coordinates == "tf_crop_and_resize":
            at = [1] * x.ndim
            at[axis] = -1
            value = x.dtype.type(call.attribute("extrapolation_value", 0.0))
            made = np.where(outside.reshape(at), value, made)
        x = made.astype(x.dtype)
    return x


def sizes_of_resize(call, x, old, axes, regions, coordinates):
    """Scales and extents of the output, an axis each; the scales in single precision, as everywhere."""
    scales, extents = [np.float32(1)] * x.ndim, list(x.shape)
    found = None
    if call.node.op_type == "Upsample" and call.opset < 9:
        found = call.attribute("scales")
    elif old:
        found = call.input(1).reshape(-1)
    elif call.has(2) and call.inputs[2].size:
        found = call.inputs[2].reshape(-1)
    if found is None:
        sizes = call.inputs[3].reshape(-1) if call.has(3) else []
        if len(sizes) != len(axes) or not all(size > 0 for size in sizes):
            raise Wrong(f"expected {len(axes)} scales or positive sizes, found {list(sizes)}")
        for axis, size in zip(axes, sizes):
            extents[axis], scales[axis] = int(size), np.float32(size) / np.float32(x.shape[axis])
        if call.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
            raise Wrong("expected keep_aspect_ratio_policy stretch")
    else:
        if len(found) != len(axes) or not all(0 < scale < 1e6 for scale in found):
            raise Wrong(f"expected {len(axes)} positive scales, found {list(found)}")
        if call.node.op_type == "Upsample" and min(found) < 1:
            raise Wrong(f"expected scales of 1 or more, found {list(map(float, found))}")
        for axis, scale in zip(axes, found):
            scales[axis] = np.float32(scale)
            part = regions[axis][1] - regions[axis][0] if coordinates == "tf_crop_and_resize" else 1
            extents[axis] = int(np.floor(np.float32(x.shape[axis]) * np.float32(part) * scales[axis]))
    if call.attribute("antialias", 0):
        raise Wrong("expected antialias 0")
    if min(checked(extents)) < 1:
        raise Wrong(f"expected an output that is not empty, found {shape_words(extents)}")
    return scales, extents


def original_places(coordinates, extent, original, scale, region):
    """Where each place of the output lies in the input, in single precision."""
    at, half = np.arange(extent, dtype=np.float32), np.float32(0.5)
    if coordinates == "half_pixel" or coordinates == "pytorch_half_pixel" and extent > 1:
        return (at + half) / scale - half
    if coordinates == "half_pixel_symmetric":
        adjustment = np.float32(extent) / (scale * np.float32(original))
        return np.float32(original) / 2 * (1 - adjustment) + (at + half) / scale - half
    if coordinates == "pytorch_half_pixel":
        return np.zeros(extent, np.float32)
    if coordinates == "align_corners":
        return at * np.float32(original - 1) / np.float32(extent - 1) if extent > 1 else at * 0
    if coordinates == "asymmetric":
        return at / scale
    if coordinates == "tf_half_pixel_for_nn":
        return (at + half) / scale
    if coordinates == "tf_crop_and_resize":
        start, end = (np.float32(edge) for edge in region)
        last = np.float32(original - 1)
        if extent > 1:
            return start * last + at * (end - start) * last / np.float32(extent - 1)
        return np.full(1, half * (start + end) * last, np.float32)
    raise Wrong(f"expected a coordinate_transformation_mode of ONNX, found {quoted(coordinates)}")


def nearest(call, places, extent, old, scale):
    rounding = call.attribute("nearest_mode", "round_prefer_floor")
    if old:
        rounding = "ceil" if scale < 1 else "floor"
    rounded = {"round_prefer_floor": lambda x: np.ceil(x - np.float32(0.5)),
               "round_prefer_ceil": lambda x: np.floor(x + np.float32(0.5)),
               "floor": np.floor, "ceil": np.ceil}.get(rounding)
    if rounded is None:
        raise Wrong(f"expected a nearest_mode of ONNX, found {quoted(rounding)}")
    return np.clip(rounded(places), 0, extent - 1).astype(np.int64)


def linear_taps(_, places, extent):
    """Two neighbours of each place and how much each counts."""
    places = np.clip(places, 0, np.float32(extent - 1)).astype(np.float64)
    first = np.floor(places).astype(np.int64)
    share = places - first
    return [first, np.minimum(first + 1, extent - 1)], [1 - share, share]


def cubic_taps(call, places, extent):
    a = call.attribute("cubic_coeff_a", -0.75)
    places = places.astype(np.float64)
    first = np.floor(places).astype(np.int64)
    share = places - first
    neighbours = [first + offset for offset in (-1, 0, 1, 2)]

    def near(t):
        return ((a + 2) * t - (a + 3)) * t * t + 1

    def far(t):
        return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a

    weights = [far(1 + share), near(share), near(1 - share), far(2 - share)]
    if call.attribute("exclude_outside", 0):
        weights = [np.where((at >= 0) & (at < extent), weight, 0) for at, weight in zip(neighbours, weights)]
        total = sum(weights)
        weights = [weight / total for weight in weights]
    return [np.clip(at, 0, extent - 1) for at in neighbours], weights


def weighted(x, axis, neighbours, weights):
    shape = [1] * x.ndim
    shape[axis] = -1
    return sum(np.take(x, at, axis) * weight.reshape(shape) for at, weight in zip(neighbours, weights))


# --- graphs

def default_opset(model):
    """The version of ONNX's own operators that the model names."""
    return next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 1)


def evaluate_node(node, inputs, opset, shapes=None):
    """The arrays that a node makes of its inputs, None where one is left out; for the folding of constants, too."""
    if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
        raise Refusal(f"{node_words(node, shapes)} has an operator that is not understood" +
                      (f", of the domain {quoted(node.domain)}" if node.domain not in ("", "ai.onnx") else ""))
    half = any(array is not None and array.dtype == np.float16 for array in inputs)
    moves_only = node.op_type in ("Cast", "Constant", "ConstantOfShape")
    if half and not moves_only:
        inputs = [array.astype(np.float32) if array is not None and array.dtype == np.float16 else array
                  for array in inputs]
    try:
        with np.errstate(all="ignore"):
            made = OPERATORS[node.op_type](Call(node, inputs, opset))
            made = [np.asarray(array) for array in (made if isinstance(made, list) else [made])]
            if half and not moves_only:
                made = [array.astype(np.float16) if array.dtype == np.float32 else array for array in made]
    except Wrong as wrong:
        raise Refusal(f"{node_words(node, shapes)}: {wrong}") from None
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, ArithmeticError, MemoryError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Refusal(f"{node_words(node, shapes)} cannot be computed: {reason}") from None
    used = max((index + 1 for index, name in enumerate(node.output) if name), default=0)
    if used > len(made):
        raise Refusal(f"{node_words(node, shapes)}: expected {len(made)} outputs to be used, found {used}")
    return made


def needed_nodes(graph, outputs):
    """The nodes that the named tensors depend on, in the graph's order."""
    maker = {name: index for index, node in enumerate(graph.node) for name in node.output if name}
    needed, open_names = set(), list(outputs)
    while open_names:
        index = maker.get(open_names.pop())
        if index is not None and index not in needed:
            needed.add(index)
            open_names.extend(name for name in graph.node[index].input if name)
    return [graph.node[index] for index in sorted(needed)]


def declared_shapes(graph):
    """The shapes that the file gives by name; an extent is a number or None."""
    shapes = {}
    for info in itertools.chain(graph.input, graph.value_info, graph.output):
        if info.type.HasField("tensor_type") and info.type.tensor_type.HasField("shape"):
            shapes[info.name] = tuple(extent.dim_value if extent.HasField("dim_value") and extent.dim_value > 0
                                      else None for extent in info.type.tensor_type.shape.dim)
    return shapes


def contradicts(declared, shape):
    return declared is not None and (len(declared) != len(shape) or any(
        wanted is not None and wanted != found for wanted, found in zip(declared, shape)))


def evaluate(model, inputs, outputs=None, as_declared=False):
    """The named tensors as arrays by name or, without names, every tensor that the graph's outputs need; `inputs` are
    arrays by name, too. With `as_declared` the shapes that the file gives must be those that come out, as they must
    where the inputs are the file's own. Refusal names the node where something is wrong."""
    graph, opset = model.graph, default_opset(model)
    wanted = [output.name for output in graph.output] if outputs is None else list(outputs)
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    values.update((name, np.asarray(array)) for name, array in inputs.items())
    declared = declared_shapes(graph) if as_declared else {}
    nodes = needed_nodes(graph, wanted)
    last_use = {name: index for index, node in enumerate(nodes) for name in node.input}
    shapes = {name: array.shape for name, array in values.items()}
    for index, node in enumerate(nodes):
        for name in node.input:
            if name and name not in values:
                raise Refusal(f"{node_words(node, shapes)}: expected an input {quoted(name)}, found nothing that "
                              "makes it before")
        made = evaluate_node(node, [values[name] if name else None for name in node.input], opset, shapes)
        for name, array in zip(node.output, made):
            if contradicts(declared.get(name), array.shape):
                raise Refusal(f"{node_words(node, shapes)}: expected {quoted(name)} of "
                              f"{shape_words(declared[name])} as the file declares, found "
                              f"{shape_words(array.shape)}")
            if name:
                values[name], shapes[name] = array, array.shape
        if outputs is not None:
            for name in set(node.input).difference(wanted):
                if last_use[name] == index:
                    values.pop(name, None)
    for name in wanted:
        if name not in values:
            raise Refusal(f"expected an output {quoted(name)}, found nothing that makes it")
    return values if outputs is None else {name: values[name] for name in wanted}
