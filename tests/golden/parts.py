# SPDX-License-Identifier: BSD-3-Clause
"""Parts that the networks here share, in PyTorch."""

import torch
from torch import nn


def pointwise(channels_in, channels_out, groups=1):
    return nn.Conv2d(channels_in, channels_out, kernel_size=1, groups=groups, bias=False)


def depthwise(channels, kernel=3, stride=1):
    return nn.Conv2d(channels, channels, kernel_size=kernel, stride=stride, padding=kernel // 2,
                     groups=channels, bias=False)


def dense(channels_in, channels_out, stride=1):
    return nn.Conv2d(channels_in, channels_out, kernel_size=3, stride=stride, padding=1, bias=False)


def concat(*maps):
    return torch.cat(maps, dim=1)


def shuffle(x, groups):
    batch, channels, height, width = (int(size) for size in x.shape)
    grouped = x.view(batch, groups, channels // groups, height, width)
    return grouped.transpose(1, 2).reshape(batch, channels, height, width)
