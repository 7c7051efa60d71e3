# SPDX-License-Identifier: BSD-3-Clause
"""What PyTorch makes of maps by windows of every kind: convolutions, transposed ones, and pools."""

import numpy as np
import torch
import torch.nn.functional as F

SIZES = {"6x9x17": (6, 9, 17), "6x8x7": (6, 8, 7), "20x7x9": (20, 7, 9), "20x16x15": (20, 16, 15)}


def weights(channels):
    """{name: tensor} of layers whose names are those in golden_maps_test.cpp."""
    c = channels
    shapes = {"valid": (7, c, 3, 3), "valid5": (4, c, 5, 5), "even": (9, c, 2, 4), "uneven": (5, c, 1, 7),
              "dilated": (6, c, 3, 3), "same": (8, c, 3, 3), "grouped": (c, c // 2, 3, 3), "depthwise": (c, 1, 5, 3),
              "multiplied": (3 * c, 1, 3, 3), "strided": (7, c, 1, 1), "doubled": (c, 5, 2, 2),
              "transposed": (c, 6, 3, 3), "overlapping": (c, 3, 4, 4)}
    random = np.random.RandomState(channels)
    made = {}
    for name, shape in shapes.items():
        outputs = shape[1] if name in ("doubled", "transposed", "overlapping") else shape[0]
        for part, dimensions in (("weight", shape), ("bias", (outputs,))):
            values = random.randint(-64, 65, dimensions).astype(np.float32) / 128
            made[f"{name}.{part}"] = torch.from_numpy(values)
    return made


def answers(x, w):
    """{name: tensor} in the order of the outputs of `every_window` in golden_maps_test.cpp."""
    channels = x.shape[1]

    def conv(name, **options):
        return F.conv2d(x, w[name + ".weight"], w[name + ".bias"], **options)

    def transposed(name, **options):
        return F.conv_transpose2d(x, w[name + ".weight"], w[name + ".bias"], **options)

    def same(size, kernel, stride):
        """TensorFlow's padding before and after."""
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return total // 2, total - total // 2

    rows, columns = same(x.shape[2], 3, 2), same(x.shape[3], 3, 2)
    return {
        "input": x,
        "valid": conv("valid"),
        "valid5": conv("valid5", stride=2),
        "even": conv("even", stride=(2, 1), padding=(1, 2)),
        "uneven": conv("uneven", padding=(0, 3)),
        "dilated": conv("dilated", padding=2, dilation=2),
        "same": F.conv2d(F.pad(x, (*columns, *rows)), w["same.weight"], w["same.bias"], stride=2),
        "grouped": conv("grouped", padding=1, groups=2),
        "depthwise": conv("depthwise", stride=(1, 3), padding=(0, 1), groups=channels),
        "multiplied": conv("multiplied", stride=2, padding=1, groups=channels),
        "strided": conv("strided", stride=3),
        "doubled": transposed("doubled", stride=2),
        "transposed": transposed("transposed", stride=2, padding=1, output_padding=1),
        "overlapping": transposed("overlapping", stride=2, padding=1),
        "most2": F.max_pool2d(x, 2),
        "most3_ceiled": F.max_pool2d(x, 3, 2, ceil_mode=True),
        "most3_padded": F.max_pool2d(x, 3, 2, padding=1, ceil_mode=True),
        "most_uneven": F.max_pool2d(x, (2, 3), (1, 2), padding=(1, 0)),
        "most_dilated": F.max_pool2d(x, 2, 1, dilation=3),
        "mean2": F.avg_pool2d(x, 2),
        "mean3": F.avg_pool2d(x, 3, 2, padding=1),
        "mean3_inside": F.avg_pool2d(x, 3, 2, padding=1, count_include_pad=False),
        "mean3_ceiled": F.avg_pool2d(x, 3, 2, padding=1, ceil_mode=True),
        "mean_uneven": F.avg_pool2d(x, (4, 1), (3, 2), ceil_mode=True, count_include_pad=False),
    }


def tensors():
    """{name: array}: weights under the number of channels, answers under the size."""
    random = np.random.RandomState(17)
    made = {}
    for size, shape in SIZES.items():
        of_channels = weights(shape[0])
        made.update({f"{shape[0]}.{name}": value.numpy().copy() for name, value in of_channels.items()})
        x = torch.from_numpy(random.randint(-64, 65, (1, *shape)).astype(np.float32) / 64)
        made.update({f"{size}.{name}": value.numpy().copy() for name, value in answers(x, of_channels).items()})
    return made
