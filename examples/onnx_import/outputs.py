# SPDX-License-Identifier: BSD-3-Clause
"""What the header says of the file's inputs and outputs: how they lie over the network's maps."""

from .cpp import shape_words, wrapped
from .refusal import Refusal, quoted
from .views import product
from .words import literal

MOST_RUNS = 6
MOST_DIMENSIONS = 6
AXES = {"c": "channels", "h": "rows", "w": "columns"}


class Table:
    def __init__(self):
        self.asserts = []
        self.lines = []


def output_table(imported):
    table = Table()
    outputs = imported.program.outputs
    if len(outputs) == 1:
        table.asserts.append(f"static_assert(network::output == {shape_words(outputs[0].shape)});")
    else:
        for index, value in enumerate(outputs):
            table.asserts.append(
                f"static_assert(network::calls.outputs[{index}].dimensions() == {shape_words(value.shape)});")
    inputs = [tensor_of(name, part.view.shape, None, [(i, part.view, part.value.shape)])
              for i, (name, part) in enumerate(zip(imported.graph.inputs, imported.inputs))]
    found = [tensor_of(output.name, output.shape, output.axis, output.parts, output.is_log_softmax)
             for output in imported.outputs]
    table.lines += array_of("input", inputs) + array_of("output", found)
    return table


def tensor_of(name, shape, axis, parts, is_log_softmax=False):
    if len(shape) > MOST_DIMENSIONS:
        raise Refusal(f"the tensor {quoted(name)} has {len(shape)} dimensions where at most {MOST_DIMENSIONS} were "
                      "expected")
    strides = [product(shape[i + 1:]) for i in range(len(shape))]
    texts, first = [], 0
    for index, view, size in parts:
        runs = runs_of(view, strides)
        fields = [f".map = {index}"] if index else []
        fields += [f".first = {first}"] if first else []
        if runs == contiguous("chw", size):
            pass
        elif runs == contiguous("hwc", size):
            fields.append(".channels_last = true")
        else:
            if len(runs) > MOST_RUNS:
                raise Refusal(f"the tensor {quoted(name)} is a map in {len(runs)} interleaved runs where at most "
                              f"{MOST_RUNS} were expected; --outputs before its last transpose avoids it")
            fields.append(".runs = {" + ", ".join(map(run_words, runs)) + "}")
        texts.append("{" + ", ".join(fields) + "}")
        first += view.shape[axis] * strides[axis] if axis is not None else 0
    return literal(name), ", ".join(map(str, shape)), texts, is_log_softmax


def contiguous(order, shape):
    """The runs of a map whose axes lie in this order, the last one together."""
    sizes = dict(zip("chw", shape))
    return merged([(axis, sizes[axis], 1, product(sizes[other] for other in order[i + 1:]))
                   for i, axis in enumerate(order)])


def runs_of(view, strides):
    """(axis, count, step, how far apart in the tensor)."""
    runs = []
    for atoms, stride in zip(view.dims, strides):
        inner = stride * product(atom.size for atom in atoms)
        for atom in atoms:
            inner //= atom.size
            runs.append((atom.axis, atom.size, atom.stride, inner))
    return merged(runs)


def merged(runs):
    kept = []
    for axis, count, step, apart in runs:
        if count == 1:
            continue
        last = kept[-1] if kept else None
        if last and last[0] == axis and last[2] == count * step and last[3] == count * apart:
            kept[-1] = (axis, last[1] * count, step, apart)
        else:
            kept.append((axis, count, step, apart))
    return kept


def run_words(run):
    axis, count, step, apart = run
    text = f".axis = map_axis::{AXES[axis]}, .count = {count}"
    text += f", .step = {step}" if step != 1 else ""
    text += f", .apart = {apart}" if apart != 1 else ""
    return "{" + text + "}"


def array_of(word, tensors):
    """The parts of those that are several maps, then all tensors."""
    lines, rows = [], []
    for index, (name, shape, parts, is_log_softmax) in enumerate(tensors):
        fields = [f".name = {name}", f".dimensions = {{{shape}}}"]
        if len(parts) > 1:
            number = f"_{index}" if len(tensors) > 1 else ""
            lines.append(f"inline constexpr tensor_part {word}{number}_parts[]{{")
            for part in parts:
                lines += wrapped(part + ",", 4)
            lines[-1] = lines[-1][:-1] + "};"
            fields.append(f".several = {word}{number}_parts")
        elif parts[0] != "{}":
            fields.append(f".whole = {parts[0]}")
        fields += [".log_softmax = true"] if is_log_softmax else []
        rows.append("{" + ", ".join(fields) + "}")
    if len(rows) == 1:
        return lines + wrapped(f"inline constexpr file_tensor {word}s[]{{{rows[0]}}};", 0)
    lines.append(f"inline constexpr file_tensor {word}s[]{{")
    for row in rows:
        lines += wrapped(row + ",", 4)
    lines[-1] = lines[-1][:-1] + "};"
    return lines
