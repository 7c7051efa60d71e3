# SPDX-License-Identifier: BSD-3-Clause
"""Families of networks whose golden files hold recipes alone: all of torchvision that Plait declares, and others
as their authors have them.
"""

from dataclasses import dataclass
from typing import Callable, Tuple

import torchvision
from torch import nn

from shufflenet_v1 import GlobalAverage, GroupedShuffle


def separable(channels, out, stride):
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False), nn.BatchNorm2d(channels),
        nn.ReLU(), nn.Conv2d(channels, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU())


class MobileNetV1(nn.Module):
    """arXiv 1704.04861, table 1."""

    UNITS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)) + ((512, 1),) * 5 + ((1024, 2), (1024, 1))

    def __init__(self):
        super().__init__()
        layers = [nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU())]
        channels = 32
        for out, stride in self.UNITS:
            layers.append(separable(channels, out, stride))
            channels = out
        self.model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1))
        self.fc = nn.Linear(channels, 1000)

    def forward(self, x):
        return self.fc(self.model(x).flatten(1))


class ShuffleNetV1(nn.Module):
    """arXiv 1707.01083, table 1, of width 1 with 3 groups."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU())
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = 24
        for stage, units in ((2, 4), (3, 8), (4, 4)):
            out = 60 << stage
            down = GroupedShuffle(channels, out, stride=2, first_groups=1 if stage == 2 else None)
            setattr(self, f"stage{stage}",
                    nn.Sequential(down, *(GroupedShuffle(out, out) for _ in range(units - 1))))
            channels = out
        self.pool = GlobalAverage()
        self.fc = nn.Linear(channels, 1000)

    def forward(self, x):
        x = self.maxpool(self.conv1(x))
        return self.fc(self.pool(self.stage4(self.stage3(self.stage2(x)))))


def vgg11_bn():
    """With the mean of each channel and one layer in the place of the three layers of the paper."""
    model = torchvision.models.vgg11_bn(init_weights=False)
    model.avgpool = nn.AdaptiveAvgPool2d(1)
    model.classifier = nn.Linear(512, 1000)
    return model


@dataclass
class Family:
    build: Callable[[], nn.Module]
    odd: Tuple[int, int] = (97, 75)  # height and width that strides do not divide


def of_torchvision(name, **options):
    return Family(lambda: getattr(torchvision.models, name)(**options))


FAMILIES = {
    "torchvision_resnet50": of_torchvision("resnet50"),
    "torchvision_vgg11_bn": Family(vgg11_bn),
    "torchvision_googlenet": of_torchvision("googlenet", aux_logits=False, init_weights=False),
    "torchvision_squeezenet1_1": of_torchvision("squeezenet1_1"),
    "mobilenet_v1": Family(MobileNetV1),
    "shufflenet_v1": Family(ShuffleNetV1),
    "torchvision_mnasnet0_5": of_torchvision("mnasnet0_5"),
    "torchvision_regnet_x_400mf": of_torchvision("regnet_x_400mf"),
    "torchvision_densenet121": of_torchvision("densenet121"),
    "torchvision_mobilenet_v3_small": of_torchvision("mobilenet_v3_small"),
    "torchvision_mobilenet_v3_large": of_torchvision("mobilenet_v3_large"),
    "torchvision_efficientnet_b0": of_torchvision("efficientnet_b0"),
}
