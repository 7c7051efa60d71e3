# SPDX-License-Identifier: BSD-3-Clause
"""A bound of a network's workspace that holds for the vectors of every processor."""


def workspace_bound(program):
    """Bytes: what lives at once at the worst step, rounded up as planes and groups of channels are, and half as much
    for what no plan can fit together and for what kernels need while they run."""
    last, made = {}, {}
    for value in program.inputs:
        made[value] = -1
    for i, step in enumerate(program.steps):
        made[step.output] = i
        for value in step.inputs:
            last[value] = i
    for value in program.outputs:
        last[value] = len(program.steps)
    # What only names channels anew keeps those alive that it names.
    for i in reversed(range(len(program.steps))):
        step = program.steps[i]
        if step.kind in ("slice", "shuffle", "concat"):
            for value in step.inputs:
                last[value] = max(last[value], last.get(step.output, i))
    peak = 0
    for i in range(len(program.steps)):
        alive = sum(floats_of(value) for value in made
                    if made[value] <= i <= last.get(value, made[value]) and not is_alias(value))
        peak = max(peak, alive)
    return -(-int(peak * 4 * 1.5 + 65536) // 65536) * 65536


def is_alias(value):
    return value.made_by is not None and value.made_by.kind in ("slice", "shuffle", "concat")


def floats_of(value):
    channels, rows, columns = value.shape
    return -(-channels // 16) * 16 * (-(-rows * columns // 16) * 16 if rows * columns > 64 else rows * columns)
