# SPDX-License-Identifier: BSD-3-Clause
"""What the header says of the file's outputs."""

from .cpp import shape_words
from .graph import described
from .words import comment, literal


class Table:
    def __init__(self):
        self.includes = []
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
    names = ", ".join(literal(output.name) for output in imported.outputs)
    table.lines.append(f"inline constexpr const char* output_names[]{{{names}}};")
    for output in imported.outputs:
        parts = ", ".join(str(index) for index, _, _ in output.parts)
        table.lines.append(f"// {comment(output.name, 40)} {described(output.shape)} is output {parts}")
    return table
