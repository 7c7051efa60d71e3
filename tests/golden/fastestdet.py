# SPDX-License-Identifier: BSD-3-Clause
"""FastestDet (X. Ma 2022) in PyTorch, with the names of its published weights."""

import torch.nn.functional as F
from torch import nn

from parts import concat, dense, depthwise, pointwise, shuffle

HEIGHT, WIDTH = 352, 352
CLASSES = 80


def norm_relu(convolution):
    return [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU()]


def five_by_five(channels, times=1):
    return [layer for _ in range(times) for layer in norm_relu(depthwise(channels, kernel=5))]


def scores(channels_in, channels_out):
    return [pointwise(channels_in, channels_out), nn.BatchNorm2d(channels_out)]


class Down(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        half = channels_out // 2
        self.branch_proj = nn.Sequential(
            depthwise(channels_in, stride=2), nn.BatchNorm2d(channels_in),
            *norm_relu(pointwise(channels_in, half)))
        self.branch_main = nn.Sequential(
            *norm_relu(pointwise(channels_in, half)), depthwise(half, stride=2), nn.BatchNorm2d(half),
            *norm_relu(pointwise(half, half)))

    def forward(self, x):
        return concat(self.branch_proj(x), self.branch_main(x))


class Unit(nn.Module):
    """Even channels pass, odd ones are transformed."""

    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.branch_main = nn.Sequential(
            *norm_relu(pointwise(half, half)), depthwise(half), nn.BatchNorm2d(half),
            *norm_relu(pointwise(half, half)))

    def forward(self, x):
        even, odd = shuffle(x, x.shape[1] // 2).chunk(2, dim=1)
        return concat(even, self.branch_main(odd))


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.first_conv = nn.Sequential(*norm_relu(dense(3, 24, stride=2)))
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage2 = nn.Sequential(Down(24, 48), *[Unit(48) for _ in range(3)])
        self.stage3 = nn.Sequential(Down(48, 96), *[Unit(96) for _ in range(7)])
        self.stage4 = nn.Sequential(Down(96, 192), *[Unit(192) for _ in range(3)])

    def forward(self, x):
        p1 = self.stage2(self.maxpool(self.first_conv(x)))
        p2 = self.stage3(p1)
        return p1, p2, self.stage4(p2)


class Conv1x1(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.conv1x1 = nn.Sequential(*norm_relu(pointwise(channels_in, channels_out)))

    def forward(self, x):
        return self.conv1x1(x)


class Pyramid(nn.Module):
    """One, two and three 5x5 windows in a row, side by side."""

    def __init__(self, channels_in, channels):
        super().__init__()
        self.Conv1x1 = Conv1x1(channels_in, channels)
        self.S1 = nn.Sequential(*five_by_five(channels, times=1))
        self.S2 = nn.Sequential(*five_by_five(channels, times=2))
        self.S3 = nn.Sequential(*five_by_five(channels, times=3))
        self.output = nn.Sequential(*scores(3 * channels, channels))

    def forward(self, x):
        y = self.Conv1x1(x)
        return F.relu(y + self.output(concat(self.S1(y), self.S2(y), self.S3(y))))


class Branch(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.conv5x5 = nn.Sequential(*five_by_five(channels_in), *scores(channels_in, channels_out))

    def forward(self, x):
        return self.conv5x5(x)


class Head(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1x1 = Conv1x1(channels, channels)
        self.obj_layers = Branch(channels, 1)
        self.reg_layers = Branch(channels, 4)
        self.cls_layers = Branch(channels, classes)

    def forward(self, x):
        h = self.conv1x1(x)
        return concat(self.obj_layers(h).sigmoid(), self.reg_layers(h), self.cls_layers(h).softmax(dim=1))


class FastestDet(nn.Module):
    """B, G, R / 255 in; for each cell of 16 x 16 pixels objectness, box and probabilities of classes out."""

    def __init__(self, classes=CLASSES):
        super().__init__()
        self.backbone = Backbone()
        self.SPP = Pyramid(48 + 96 + 192, 96)
        self.detect_head = Head(96, classes)

    def forward(self, x):
        p1, p2, p3 = self.backbone(x)
        p1 = F.avg_pool2d(p1, kernel_size=3, stride=2, padding=1)
        p3 = F.interpolate(p3, scale_factor=2.0)
        return self.detect_head(self.SPP(concat(p1, p2, p3)))
