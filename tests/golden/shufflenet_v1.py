# SPDX-License-Identifier: BSD-3-Clause
"""Units of ShuffleNetV1 (arXiv 1707.01083, figure 2) and small networks of them, in PyTorch.

Convolutions of a unit are numbered as in torchvision's ShuffleNetV2, one `nn.Sequential` with the ReLU:
`branch2.{0,1,3,4,5,6}`. The average pool is PyTorch's: zeros of the padding count.
"""

import torch.nn.functional as F
from torch import nn

from parts import concat, dense, depthwise, pointwise, shuffle


class GroupedShuffle(nn.Module):
    """Makes `channels_out` channels. Stride 2 concatenates its pooled input, stride 1 adds its input."""

    def __init__(self, channels_in, channels_out, stride=1, groups=3, first_groups=None):
        super().__init__()
        self.stride, self.groups = stride, groups
        bottleneck = channels_out // 4
        made = channels_out - channels_in if stride == 2 else channels_out
        self.branch2 = nn.Sequential(
            pointwise(channels_in, bottleneck, first_groups or groups), nn.BatchNorm2d(bottleneck), nn.ReLU(),
            depthwise(bottleneck, stride=stride), nn.BatchNorm2d(bottleneck),
            pointwise(bottleneck, made, groups), nn.BatchNorm2d(made))

    def forward(self, x):
        expand, rest = self.branch2[:3], self.branch2[3:]
        y = rest(shuffle(expand(x), self.groups))
        if self.stride == 2:
            return F.relu(concat(F.avg_pool2d(x, kernel_size=3, stride=2, padding=1), y))
        return F.relu(x + y)


class GlobalAverage(nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))


def network(stem, *units, classes=10):
    """The stem of `stem` channels, `units` of which the last has stride 1, pool and linear layer."""
    channels = units[-1].branch2[-1].num_features
    return nn.Sequential(
        nn.Sequential(dense(3, stem, stride=2), nn.BatchNorm2d(stem), nn.ReLU()), *units,
        GlobalAverage(), nn.Linear(channels, classes))
