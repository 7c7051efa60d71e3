# SPDX-License-Identifier: BSD-3-Clause
"""What was done, as a table."""

from .graph import described
from .words import comment


def report(imported, header):
    graph, program = imported.graph, imported.program
    counts = graph.counts
    rows = [("nodes in the file", counts["nodes"]), ("constants folded", counts["folded"]),
            ("gone: Identity, Dropout, Cast", counts["gone"])]
    rows += [(f"recognised: {word}", times) for word, times in sorted(imported.recognised.items())]
    rows += [(word, imported.fused[key]) for key, word in (
        ("norm", "batch norms with their convolution"), ("scaled", "constants into weights"),
        ("activation", "activations with their layer"), ("padded", "pads with their window")) if key in imported.fused]
    rows += [("calls", len(imported.flat_steps)), ("blocks that repeat", len(imported.units)),
             ("lines of the declaration", len(imported.network_lines())),
             ("lines of the header", header.count("\n")), ("left to the caller", counts["left"])]
    width = max(len(word) for word, _ in rows) + 2
    lines = [f"{word:{width}}{number:>8}" for word, number in rows]
    for name in graph.outputs:
        lines.append(f"output {comment(name)} {described(graph.shapes[graph.alias.get(name, name)])}")
    lines += [comment(note, 110) for note in imported.notes]
    for node in graph.left:
        lines.append(f"left: {node.op_type} '{comment(node.name)}' of {', '.join(map(comment, node.input))} to "
                     f"{', '.join(map(comment, node.output))}")
    return "\n".join(lines)
