# SPDX-License-Identifier: BSD-3-Clause
"""What PyTorch makes of maps that are combined, resized, padded, cut and rearranged."""

import numpy as np
import torch
import torch.nn.functional as F

SIZES = {"12x3x6": (12, 3, 6), "4x6x15": (4, 6, 15), "20x3x3": (20, 3, 3)}


def answers(x):
    """{name: tensor} in the order of the outputs of `every_map` in golden_maps_test.cpp."""
    height, width = x.shape[2:]
    larger, smaller = (2 * height + 1, width + 4), ((height + 1) // 2, (width + 2) // 3)
    mean = x.mean((2, 3), keepdim=True)
    most = F.adaptive_max_pool2d(x, 1)
    first = x[:, :1]

    def resized(size, mode, **options):
        return F.interpolate(x, size, mode=mode, **options)

    return {
        "input": x,
        "subtract_mean": x - mean,
        "mean_over": mean / (2 + x),
        "multiply_first": torch.relu(first * x),
        "maximum_mean": torch.maximum(x, mean),
        "minimum_constant": torch.minimum(x, torch.tensor(0.25)),
        "constant_over": 1.5 / (2 + x),
        "most": most,
        "nearest_larger": resized(larger, "nearest"),
        "nearest_smaller": resized(smaller, "nearest"),
        "exact_larger": resized(larger, "nearest-exact"),
        "exact_smaller": resized(smaller, "nearest-exact"),
        "bilinear_larger": resized(larger, "bilinear"),
        "bilinear_smaller": resized(smaller, "bilinear"),
        "aligned_larger": resized(larger, "bilinear", align_corners=True),
        "aligned_smaller": resized(smaller, "bilinear", align_corners=True),
        "bilinear_factor": F.interpolate(x, scale_factor=1.75, mode="bilinear"),
        "nearest_factor": F.interpolate(x, scale_factor=2.5, mode="nearest"),
        "zeros": F.pad(x, (1, 0, 2, 3)),
        "reflected": F.pad(x, (2, 1, 1, 2), mode="reflect"),
        "cut": x[:, :, 1::2, :-1:3],
        "shuffled": F.pixel_shuffle(x, 2),
        "unshuffled": F.pixel_unshuffle(x, 3),
        "padded_channels": F.pad(x, (0, 0, 0, 0, 1, 2)),
    }


def tensors():
    """{name: array} of every size."""
    random = np.random.RandomState(16)
    made = {}
    for size, shape in SIZES.items():
        x = torch.from_numpy(random.randint(-64, 65, (1, *shape)).astype(np.float32) / 64)
        made.update({f"{size}.{name}": value.numpy().copy() for name, value in answers(x).items()})
    return made
