# SPDX-License-Identifier: BSD-3-Clause
"""A bound of a network's workspace that holds for the vectors of every processor."""


def workspace_bound(program):
    """Bytes: what lives at once at the worst step, rounded up as planes and groups of channels are, and as much again
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
        peak = max(peak, alive + scratch_of(program.steps[i]))
    return -(-int(peak * 4 * 2 + 65536) // 65536) * 65536


def scratch_of(step):
    """Floats that a kernel may need while it runs: a window's its input with the padding around it."""
    if step.kind not in ("conv", "depthwise", "conv_transpose", "max_pool", "average_pool"):
        return 0
    if step.kind == "conv" and step.numbers["kernel"] == (1, 1) and step.numbers["stride"] == (1, 1):
        return 0
    channels, rows, columns = step.inputs[0].shape
    around = step.numbers["padding"]
    around = around if len(around) == 4 else around * 2
    rows += around[0] + around[2]
    columns += around[1] + around[3]
    vectors = -(-columns // 16) * 16 + 16
    return (channels if channels < 8 else -(-channels // 16) * 16) * rows * vectors


def is_alias(value):
    return value.made_by is not None and value.made_by.kind in ("slice", "shuffle", "concat")


def floats_of(value):
    """Of the larger layout that a map of its size may have: planes of vectors, or groups of channels."""
    channels, rows, columns = value.shape
    pixels = rows * columns
    planes = channels * (-(-pixels // 16) * 16)
    groups = -(-channels // 16) * 16 * pixels
    is_small = pixels <= 1024 or (pixels <= 4096 and channels >= 8)
    return max(planes, groups) if is_small else planes
