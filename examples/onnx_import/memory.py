# SPDX-License-Identifier: BSD-3-Clause
"""A bound of a network's workspace that holds for the vectors of every processor."""


MOST_OF_ROWS = 4096  # floats, of more than four rows of outputs at a time


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
    """Floats that a kernel may need while it runs, of 16 lanes in either layout."""
    if step.kind in ("conv", "depthwise", "max_pool", "average_pool"):
        return scratch_of_window(step)
    if step.kind == "conv_transpose":
        return scratch_of_transposed(step)
    if step.kind in ("resize", "pad", "slice_pixels", "global_max_pool", "pixel_shuffle", "pixel_unshuffle"):
        factor = step.numbers.get("factor") if step.kind.startswith("pixel") else 1
        return 2 * gathered(step.inputs[0]) * factor**2
    return 2 * gathered(step.output) if lies_in_groups(step.output) else 0


def scratch_of_window(step):
    """A copy of the map with its padding, for each residue of the stride a run of columns; or the map as groups."""
    n = step.numbers
    if step.kind == "conv" and n["kernel"] == (1, 1) and n["stride"] == (1, 1):
        return 0
    channels, (rows, columns) = step.inputs[0].channels, step.output.size
    (reach_rows, reach), stride = reaches(n), n["stride"]
    pitch = pitch_of_run(columns, -(-n["padding"][1] // stride[1]), -(-reach // stride[1]))
    at_a_time, block = (channels // n["groups"], 4) if step.kind == "conv" else (min(channels, 4), rows)
    copies = max(MOST_OF_ROWS, at_a_time * ((block - 1) * stride[0] + reach_rows) * stride[1] * pitch)
    by_residues = min(channels, 4) * stride[0] * stride[1] * (rounded_up(rows * columns + 16) + 16)
    return max(copies, by_residues, gathered(step.inputs[0]) if lies_in_groups(step.inputs[0]) else 0)


def scratch_of_transposed(step):
    """Of each residue of the stride a convolution over a copy of the map with its padding."""
    n = step.numbers
    channels, (rows, columns) = step.inputs[0].channels, step.output.size
    taps = [-(-size // step) for size, step in zip(n["kernel"], n["stride"])]
    made = [-(-rows // n["stride"][0]), -(-columns // n["stride"][1])]
    around = [-(-side // step) + size for side, step, size in zip(n["padding"][:2], n["stride"], taps)]
    return max(MOST_OF_ROWS, channels * (4 + taps[0]) * pitch_of_run(made[1], around[1], around[1] + taps[1]))


def reaches(numbers):
    """Rows and columns from a window's first tap to its last."""
    dilation = numbers.get("dilation", (1, 1))
    return [(size - 1) * by + 1 for size, by in zip(numbers["kernel"], dilation)]


def pitch_of_run(columns, before, ahead):
    return rounded_up(rounded_up(before) + rounded_up(columns + ahead) + ahead)


def gathered(value):
    return 16 * rounded_up(value.shape[1] * value.shape[2])


def lies_in_groups(value):
    """Whether a map of that size may."""
    pixels = value.shape[1] * value.shape[2]
    return pixels <= 1024 or (pixels <= 4096 and value.channels >= 8)


def rounded_up(count):
    return -(-count // 16) * 16


def is_alias(value):
    return value.made_by is not None and value.made_by.kind in ("slice", "shuffle", "concat")


def floats_of(value):
    """Of the larger layout that a map of its size may have: planes of vectors, or groups of channels."""
    channels, rows, columns = value.shape
    pixels = rows * columns
    planes = channels * rounded_up(pixels)
    groups = rounded_up(channels) * pixels
    return max(planes, groups) if lies_in_groups(value) else planes
