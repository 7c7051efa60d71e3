#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the golden files: networks with random weights, and what PyTorch answers with them.

NAME.safetensors is a state_dict in F16; of large networks, recipes stand for the weights (README.md).
NAME.expected.safetensors holds, in F32, `input`, `logits` and `activation.MODULE` for the outputs of stages.
PyTorch computes in F32 with exactly the stored weights.
Weights depend only on NAME, so that they are the same wherever they are made; answers may differ between
machines in the last bits.
"""

import argparse
import math
import sys
import zlib
from collections import namedtuple
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Callable, Optional, Tuple

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

import families
import fastestdet
import maps
import safetensors_file
import shufflenet_v1
import training
import windows
from parts import concat, dense, depthwise, pointwise, shuffle

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from agreement import largest_deviation  # noqa: E402

PARTS = {"maps": maps, "windows": windows, "training": training}
TRAINED = "augshufflenet_port_x0_5_cifar10"

# --- What AugShuffleNets share --------------------------------------------------------------------------


def aug_shuffle(variant, ratio, x, transform, project):
    """The AugShuffle unit of each variant: `transform` is pw, dw; `project` the second pw and its ReLU."""
    channels = int(x.shape[1])
    transformed = int(ratio * channels)
    half_bank = (channels - transformed) // 2

    if variant == "port":
        b1, b2, x_a = x.split([half_bank, half_bank, transformed], dim=1)
        t1, t2 = transform(x_a).chunk(2, dim=1)
        y = project(concat(b2, t2))
        return shuffle(concat(t1, b1, y), 2)

    if variant == "article":
        x_a, x2, x3 = x.split([transformed, half_bank, half_bank], dim=1)
        t1, t2 = transform(x_a).chunk(2, dim=1)
        y = project(concat(t2, x2))
        return shuffle(concat(y, x3, t1), 2 if ratio == Fraction(1, 2) else 4)

    x1, x2, x_a = x.split([half_bank, half_bank, transformed], dim=1)  # plus
    t1, t2 = transform(x_a).chunk(2, dim=1)
    y = project(concat(t2, x2))
    return concat(t1, x1, y)


def project_width(channels, ratio):
    """The second pw reads half of the transform and half of the bank."""
    transformed = int(ratio * channels)
    return transformed // 2 + (channels - transformed) // 2


@dataclass
class Layout:
    widths: Tuple[int, int, int]
    ratios: Tuple[Fraction, Fraction, Fraction] = (Fraction(1, 2), Fraction(3, 8), Fraction(3, 8))
    units: Tuple[int, int, int] = (3, 7, 3)  # of stride 1, after the down unit
    head: int = 1024
    classes: Optional[int] = 10  # None: the answer is the pooled features
    imagenet_stem: bool = False


# --- Networks named like the port (variants port and article) ----------------------------------------


class SequenceDown(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        half = channels_out // 2
        self.branch1 = nn.Sequential(
            depthwise(channels_in, stride=2), nn.BatchNorm2d(channels_in),
            pointwise(channels_in, half), nn.BatchNorm2d(half), nn.ReLU())
        self.branch2 = nn.Sequential(
            pointwise(channels_in, half), nn.BatchNorm2d(half), nn.ReLU(),
            depthwise(half, stride=2), nn.BatchNorm2d(half),
            pointwise(half, half), nn.BatchNorm2d(half), nn.ReLU())

    def forward(self, x):
        return shuffle(concat(self.branch1(x), self.branch2(x)), 2)


class SequenceAugShuffle(nn.Module):
    def __init__(self, channels, ratio, variant):
        super().__init__()
        self.ratio, self.variant = ratio, variant
        transformed, projected = int(ratio * channels), project_width(channels, ratio)
        transform = nn.Sequential(
            pointwise(transformed, transformed), nn.BatchNorm2d(transformed),
            depthwise(transformed), nn.BatchNorm2d(transformed))
        project = nn.Sequential(pointwise(projected, projected), nn.BatchNorm2d(projected), nn.ReLU())
        if variant == "port":
            self.branch2, self.branch3 = transform, project
        else:
            self.transform, self.project = transform, project

    def forward(self, x):
        if self.variant == "port":
            return aug_shuffle("port", self.ratio, x, self.branch2, self.branch3)
        return aug_shuffle("article", self.ratio, x, self.transform, self.project)


class SequenceNetwork(nn.Module):
    def __init__(self, layout, variant):
        super().__init__()
        stem = [dense(3, 24, stride=2 if layout.imagenet_stem else 1), nn.BatchNorm2d(24), nn.ReLU()]
        if layout.imagenet_stem:
            stem.append(nn.MaxPool2d(kernel_size=3, stride=2, padding=1))
        self.conv1 = nn.Sequential(*stem)
        self.stages = nn.Sequential()
        channels = 24
        for width, ratio, units in zip(layout.widths, layout.ratios, layout.units):
            stage = [SequenceDown(channels, width)]
            stage += [SequenceAugShuffle(width, ratio, variant) for _ in range(units)]
            self.stages.append(nn.Sequential(*stage))
            channels = width
        self.conv5 = nn.Sequential(pointwise(channels, layout.head), nn.BatchNorm2d(layout.head), nn.ReLU())
        self.linear = nn.Linear(layout.head, layout.classes) if layout.classes else nn.Identity()

    def forward(self, x):
        x = self.conv5(self.stages(self.conv1(x)))
        return self.linear(x.mean(dim=(2, 3)))


# --- Networks named like AugShuffleNet-Plus (variant plus, and its ShuffleNetV2) ---------------------


class NumberedDown(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        half = channels_out // 2
        self.conv1, self.bn1 = depthwise(channels_in, stride=2), nn.BatchNorm2d(channels_in)
        self.conv2, self.bn2 = pointwise(channels_in, half), nn.BatchNorm2d(half)
        self.conv3, self.bn3 = pointwise(channels_in, half), nn.BatchNorm2d(half)
        self.conv4, self.bn4 = depthwise(half, stride=2), nn.BatchNorm2d(half)
        self.conv5, self.bn5 = pointwise(half, half), nn.BatchNorm2d(half)

    def forward(self, x):
        left = self.bn1(self.conv1(x))
        left = F.relu(self.bn2(self.conv2(left)))
        right = F.relu(self.bn3(self.conv3(x)))
        right = self.bn4(self.conv4(right))
        right = F.relu(self.bn5(self.conv5(right)))
        return concat(left, right)


class NumberedUnit(nn.Module):
    """The three convolutions of a stride-1 unit: pw and dw at width `transformed`, pw at `projected`."""

    def __init__(self, transformed, projected, expand_relu):
        super().__init__()
        self.expand_relu = expand_relu
        self.conv1, self.bn1 = pointwise(transformed, transformed), nn.BatchNorm2d(transformed)
        self.conv2, self.bn2 = depthwise(transformed), nn.BatchNorm2d(transformed)
        self.conv3, self.bn3 = pointwise(projected, projected), nn.BatchNorm2d(projected)

    def transform(self, x):
        x = self.bn1(self.conv1(x))
        return self.bn2(self.conv2(F.relu(x) if self.expand_relu else x))

    def project(self, x):
        return F.relu(self.bn3(self.conv3(x)))


class NumberedAugShuffle(NumberedUnit):
    def __init__(self, channels, ratio, expand_relu=False):
        super().__init__(int(ratio * channels), project_width(channels, ratio), expand_relu)
        self.ratio = ratio

    def forward(self, x):
        return aug_shuffle("plus", self.ratio, x, self.transform, self.project)


class NumberedShuffle(NumberedUnit):
    """ShuffleNetV2's unit with its shuffle at the start."""

    def __init__(self, channels):
        super().__init__(channels // 2, channels // 2, expand_relu=True)

    def forward(self, x):
        x1, x2 = shuffle(x, 2).chunk(2, dim=1)
        return concat(x1, self.project(self.transform(x2)))


class NumberedNetwork(nn.Module):
    def __init__(self, layout, unit, head_number):
        """`unit(channels, ratio)` makes a stride-1 unit; the head is conv{head_number}, bn{head_number}."""
        super().__init__()
        self.conv1, self.bn1 = dense(3, 24), nn.BatchNorm2d(24)
        self.layers = [f"layer{number}" for number in (1, 2, 3)]
        channels = 24
        for name, width, ratio, units in zip(self.layers, layout.widths, layout.ratios, layout.units):
            stage = [NumberedDown(channels, width)] + [unit(width, ratio) for _ in range(units)]
            self.add_module(name, nn.Sequential(*stage))
            channels = width
        self.head = f"conv{head_number}", f"bn{head_number}"
        self.add_module(self.head[0], pointwise(channels, layout.head))
        self.add_module(self.head[1], nn.BatchNorm2d(layout.head))
        self.linear = nn.Linear(layout.head, layout.classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for name in self.layers:
            x = self.get_submodule(name)(x)
        conv, bn = (self.get_submodule(name) for name in self.head)
        return self.linear(F.relu(bn(conv(x))).mean(dim=(2, 3)))


# --- The networks by name ----------------------------------------------------------------------------

AUG_SHUFFLE_WIDTHS = {"0.5x": (48, 96, 192), "1.0x": (120, 240, 480), "1.5x": (176, 352, 704)}
SHUFFLE_WIDTHS = {"0.5x": (48, 96, 192), "1.0x": (116, 232, 464), "1.5x": (176, 352, 704)}


def augshufflenet(variant, layout, expand_relu=False):
    if variant == "plus":
        return NumberedNetwork(
            layout, lambda channels, ratio: NumberedAugShuffle(channels, ratio, expand_relu), head_number=5)
    return SequenceNetwork(layout, variant)


def shufflenetv2_cifar(layout):
    return NumberedNetwork(layout, lambda channels, _: NumberedShuffle(channels), head_number=2)


def ratio_layout(ratio):
    return Layout(AUG_SHUFFLE_WIDTHS["0.5x"], ratios=(Fraction(1, 2), ratio, ratio))


@dataclass
class Golden:
    build: Callable[[], nn.Module]
    activations: Tuple[str, ...]
    height: int = 32
    width: int = 32
    recipes: bool = False  # for the weights of convolutions and linear layers, instead of their values
    norm_weight: float = 1  # the means of batch norm's weights and biases
    norm_bias: float = 0


STAGES = ("stages.0", "stages.1", "stages.2")
LAYERS = ("layer1", "layer2", "layer3")


def golden_networks():
    half = Layout(AUG_SHUFFLE_WIDTHS["0.5x"])
    whole = Layout(AUG_SHUFFLE_WIDTHS["1.0x"])
    networks = {}
    for variant, activations in (("port", STAGES), ("article", STAGES), ("plus", LAYERS)):
        for size, layout in (("x0_5", half), ("x1_0", whole)):
            networks[f"augshufflenet_{variant}_{size}_cifar10"] = Golden(
                lambda variant=variant, layout=layout: augshufflenet(variant, layout), activations)
    for denominator in (2, 4, 8):
        layout = ratio_layout(Fraction(1, denominator))
        networks[f"augshufflenet_port_x0_5_ratio_1_{denominator}"] = Golden(
            lambda layout=layout: augshufflenet("port", layout), STAGES)
    # The first stage of these two would be most of the file, and an error there shows in the next.
    networks["augshufflenet_port_x0_5_48x80"] = Golden(
        lambda: augshufflenet("port", half), STAGES[1:], height=48, width=80)
    networks["torchvision_shufflenet_v2_x0_5"] = Golden(
        torchvision.models.shufflenet_v2_x0_5, ("stage3", "stage4"), height=224, width=224)
    networks["augshufflenet_plus_x0_5_relu_cifar10"] = Golden(
        lambda: augshufflenet("plus", half, expand_relu=True), LAYERS)
    networks["shufflenetv2_cifar_x0_5_cifar10"] = Golden(
        lambda: shufflenetv2_cifar(Layout(SHUFFLE_WIDTHS["0.5x"])), LAYERS)
    networks.update(residual_networks())
    return networks


def residual_networks():
    unit = shufflenet_v1.GroupedShuffle
    return {
        # So many values lie above 6 that it makes a difference, and so few below 0 that rounding errors do not
        # grow from layer to layer.
        "torchvision_mobilenet_v2": Golden(
            torchvision.models.mobilenet_v2, ("features.3", "features.6", "features.13", "features.17"),
            height=224, width=224, recipes=True, norm_weight=2, norm_bias=2),
        "torchvision_resnet18": Golden(
            torchvision.models.resnet18, ("layer1", "layer2", "layer3", "layer4"),
            height=224, width=224, recipes=True),
        # Its first unit is that of the paper's stage 2, whose first pointwise convolution is not grouped.
        "shufflenet_v1_stage2": Golden(
            lambda: shufflenet_v1.network(
                24, unit(24, 240, stride=2, first_groups=1), unit(240, 240), unit(240, 240)),
            ("1", "2", "3")),
        "shufflenet_v1_two_stages": Golden(
            lambda: shufflenet_v1.network(
                12, unit(12, 60, stride=2), unit(60, 60), unit(60, 120, stride=2), unit(120, 120)),
            ("1", "2", "3", "4"), height=40, width=56),
        "layers_24x16": Golden(any_layers, ("4",), height=24, width=16),
    }


def any_layers():
    """Layers that the published networks here do not have, one after another."""
    return nn.Sequential(
        nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 24, 3, stride=2, padding=1, bias=False), nn.ReLU(),
        nn.BatchNorm2d(24), nn.Conv2d(24, 40, 3, padding=1, groups=8, bias=False),
        nn.Conv2d(40, 80, 3, padding=1, groups=40, bias=False), nn.ReLU(),
        nn.ConvTranspose2d(80, 20, 2, stride=2), nn.ConvTranspose2d(20, 9, 3, stride=2, padding=1, output_padding=1),
        nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        nn.ConvTranspose2d(9, 5, 4, stride=2, padding=1), nn.ConvTranspose2d(5, 3, 3, stride=(2, 1)),
        nn.BatchNorm2d(3), nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(3, 2, 1),
        nn.Flatten(), nn.Linear(3 * 25 * 9, 20), nn.ReLU(), nn.Linear(20, 10, bias=False))


# --- Random weights that F16 holds exactly and that compress well ------------------------------------

FINE = 1 / 64


def on_grid(values, step):
    return torch.from_numpy(np.round(np.asarray(values) / step) * step)


def coarse_normal(random, shape, deviation):
    """Normal values as small multiples of a power of two: some fifteen different ones."""
    step = 2.0 ** round(math.log2(deviation / 1.5))
    return on_grid(random.standard_normal(tuple(shape)) * deviation, step)


def random_pictures(random, count, height, width):
    """Grainy patches of 8x8 pixels, in multiples of 1/256."""
    patches = random.randint(0, 160, (count, 3, height // 8, width // 8))
    grain = random.randint(0, 96, (count, 3, height, width))
    return torch.from_numpy((patches.repeat(8, axis=2).repeat(8, axis=3) + grain) / 256)


class Recipes:
    """Weights that a file need not hold: integers computed from a tensor's name, times a step.

    Value i is the sum of two hexadecimal digits of a hash of i and the name, less 15. So it is in
    tests/models/recipes.hpp.
    """

    DEVIATION = math.sqrt(2 * (16 ** 2 - 1) / 12)

    def __init__(self):
        self.of = {}
        self.starts = set()

    def draw(self, name, shape, deviation, *start):
        step = 2.0 ** round(math.log2(deviation / self.DEVIATION))
        self.of[name] = np.array([*shape, step, *start], dtype=np.float32)
        if start:
            self.starts.add(name)
        return torch.from_numpy(self.integers(name, math.prod(shape)).reshape(tuple(shape)) * step)

    def around(self, name, shape, start, step):
        """The same, around a value."""
        return start + self.draw(name, shape, step * self.DEVIATION, start)

    @staticmethod
    def integers(name, count):
        seed = 0x811C9DC5  # FNV-1a, then the end of MurmurHash3
        for byte in name.encode():
            seed = (seed ^ byte) * 0x01000193 % 2 ** 32
        bits = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
        bits = (bits ^ bits >> np.uint32(16)) * np.uint32(0x85EBCA6B)
        bits = (bits ^ bits >> np.uint32(13)) * np.uint32(0xC2B2AE35)
        bits = bits ^ bits >> np.uint32(16)
        return (bits & 15).astype(np.int32) + (bits >> 4 & 15).astype(np.int32) - 15


def set_random_weights(model, random, draw, norm_weight, norm_bias):
    """`draw(name, shape, deviation)` makes the weights of convolutions and linear layers."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            fan_in = module.weight[0].numel()
            deviation = math.sqrt(2 / fan_in) / norm_weight
            module.weight.data = draw(f"{name}.weight", module.weight.shape, deviation)
        elif isinstance(module, nn.ConvTranspose2d):
            deviation = math.sqrt(np.prod(module.stride) / module.weight[:, 0].numel()) / 2
            module.weight.data = draw(f"{name}.weight", module.weight.shape, deviation)
            module.bias.data = on_grid(0.15 * random.standard_normal(module.out_channels), FINE)
        elif isinstance(module, nn.BatchNorm2d):
            count = module.num_features
            module.weight.data = on_grid(norm_weight + 0.15 * random.standard_normal(count).clip(-3, 3), FINE)
            module.bias.data = on_grid(norm_bias + 0.15 * random.standard_normal(count), FINE)
        elif isinstance(module, nn.Linear):
            deviation = 4 / math.sqrt(module.in_features)
            module.weight.data = draw(f"{name}.weight", module.weight.shape, deviation)
            if module.bias is not None:
                module.bias.data = on_grid(random.standard_normal(module.out_features), FINE)


def set_statistics(model, pictures):
    """Batch-norm statistics as training would leave them, from one batch, rounded.

    Another machine's order of additions must round to the same values: hence F64, and hence the nudge, as
    means exactly halfway between two steps are common behind a batch norm without ReLU.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    model.double().train()
    model(pictures.double())
    for norm in norms:
        norm.running_mean = on_grid(norm.running_mean + FINE / 1000, FINE)
        norm.running_var = on_grid(norm.running_var, FINE).clamp(min=FINE)


def halved(state):
    """The state_dict as arrays, floating ones as float16, which must lose nothing."""
    arrays = {}
    for key, value in state.items():
        array = value.numpy()
        if value.is_floating_point():
            array = array.astype(np.float16)
            if not np.array_equal(array.astype(np.float64), value.numpy()):
                raise ValueError(f"'{key}' has values that F16 cannot hold")
        arrays[key] = array
    return arrays


# --- Running -----------------------------------------------------------------------------------------


def answers(model, pictures, activations):
    """`logits` and `activation.MODULE` of the model in evaluation mode, as arrays."""
    found = {}

    def keep(name):
        def hook(_module, _inputs, output):
            found[f"activation.{name}"] = output.numpy()
        return hook

    hooks = [model.get_submodule(name).register_forward_hook(keep(name)) for name in activations]
    logits = model.float().eval()(pictures.float()).numpy()
    for hook in hooks:
        hook.remove()
    return {"logits": logits, **found}


def thinned(activation, rows=14):
    """Every n-th row and column, so that about `rows` are left."""
    step = max(1, activation.shape[-1] // rows) if activation.ndim == 4 else 1
    return np.ascontiguousarray(activation[..., ::step, ::step]) if step > 1 else activation


def stored_weights(model, recipes):
    """The state_dict in F16 with a tensor `recipe.NAME` in the place of every NAME that has a recipe."""
    state = model.state_dict()
    values = halved({name: tensor for name, tensor in state.items() if name not in recipes})
    return {**values, **{f"recipe.{name}": recipe for name, recipe in recipes.items()}}


def generate(name, golden, folder):
    random = np.random.RandomState(zlib.crc32(name.encode()))  # its streams are the same in every NumPy
    recipes = Recipes()
    draw = recipes.draw if golden.recipes else lambda _, *rest: coarse_normal(random, *rest)
    model = golden.build()
    set_random_weights(model, random, draw, golden.norm_weight, golden.norm_bias)
    set_statistics(model, random_pictures(random, 8, golden.height, golden.width))
    pictures = random_pictures(random, 1, golden.height, golden.width).float()
    found = answers(model, pictures, golden.activations)

    weights_path = folder / f"{name}.safetensors"
    expected_path = folder / f"{name}.expected.safetensors"
    safetensors_file.write(weights_path, stored_weights(model, recipes.of))
    if golden.recipes:  # everything of a large network is made small
        found = {key: thinned(value) for key, value in found.items()}
        expected = {**halved({"input": pictures}), **found}
    else:
        expected = {"input": pictures.numpy(), **found}
    safetensors_file.write(expected_path, expected)
    largest = {key: float(np.abs(value).max()) for key, value in found.items()}
    sizes = f"{weights_path.stat().st_size:,} + {expected_path.stat().st_size:,} bytes"
    print(f"{name}: {sizes}; largest", ", ".join(f"{key} {value:.2f}" for key, value in largest.items()))


def recipe_tensors(recipes):
    """`recipe.NAME`, and `recipe_around.NAME` where values lie around another than 0."""
    return {(f"recipe_around.{name}" if name in recipes.starts else f"recipe.{name}"): recipe
            for name, recipe in recipes.of.items()}


def generate_family(name, family, folder):
    """All weights and pictures by recipes: what is stored are recipes, and the logits at two sizes."""
    model = family.build()
    recipes = Recipes()
    for part, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            deviation = math.sqrt(2 / module.weight[0].numel())
            module.weight.data = recipes.draw(f"{part}.weight", module.weight.shape, deviation)
        elif isinstance(module, nn.Linear):
            deviation = 4 / math.sqrt(module.in_features)
            module.weight.data = recipes.draw(f"{part}.weight", module.weight.shape, deviation)
        elif isinstance(module, nn.BatchNorm2d):
            for of_norm, start in (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)):
                drawn = recipes.around(f"{part}.{of_norm}", getattr(module, of_norm).shape, start, FINE)
                getattr(module, of_norm).data = drawn
        if getattr(module, "bias", None) is not None and not isinstance(module, nn.BatchNorm2d):
            module.bias.data = recipes.around(f"{part}.bias", module.bias.shape, 0, FINE)
    model.float().eval()

    expected, pictures = {}, Recipes()
    for prefix, (height, width) in (("", (224, 224)), ("odd.", family.odd)):
        picture = pictures.around(f"{prefix}input", (1, 3, height, width), 0.5, 1 / 32).float()
        expected[f"{prefix}logits"] = model(picture).numpy()
    safetensors_file.write(folder / f"{name}.safetensors", recipe_tensors(recipes))
    safetensors_file.write(folder / f"{name}.expected.safetensors", {**recipe_tensors(pictures), **expected})
    largest = {key: float(np.abs(value).max()) for key, value in expected.items()}
    print(f"{name}: largest", ", ".join(f"{key} {value:.2f}" for key, value in largest.items()))


# --- Checks of the definitions -----------------------------------------------------------------------


def load_state(model, path):
    state = {}
    expected = model.state_dict()
    for key, array in safetensors_file.read(path).items():
        tensor = torch.from_numpy(array.copy())
        counter = key.endswith("num_batches_tracked")  # found with shape [] and with shape [1]
        state[key] = tensor.reshape(expected[key].shape) if counter and key in expected else tensor
    model.load_state_dict(state)


def relative_error(found, expected):
    if found.shape != expected.shape:
        raise ValueError(f"{found.shape} was found where {expected.shape} was expected")
    return largest_deviation(found.ravel().tolist(), expected.ravel().tolist())


def check_answers(folder):
    """Compares the definitions with answers of the public code in `folder`; returns whether all agree."""
    half = Layout(AUG_SHUFFLE_WIDTHS["0.5x"])
    three_eighths = Fraction(3, 8)
    features = Layout((48, 96, 192), ratios=(three_eighths,) * 3, head=192, classes=None, imagenet_stem=True)
    models = {
        "augshufflenet_plus_x0_5_cifar10": lambda: augshufflenet("plus", half),
        "shufflenetv2_cifar_x0_5_cifar10": lambda: shufflenetv2_cifar(half),
        "augshufflenet_port_x0_5_64px": lambda: augshufflenet("port", features),
        "torchvision_shufflenet_v2_x0_5": torchvision.models.shufflenet_v2_x0_5,
    }
    agree = True
    for name, build in models.items():
        if not (folder / f"{name}.expected.safetensors").exists():
            print(f"{name}: skipped, not in {folder}")
            continue
        model = build()
        load_state(model, folder / f"{name}.safetensors")
        expected = safetensors_file.read(folder / f"{name}.expected.safetensors")
        pictures = torch.from_numpy(expected.pop("input").copy())
        activations = [key.split(".", 1)[1] for key in expected if key.startswith("activation.")]
        found = answers(model, pictures, activations)
        errors = {key: relative_error(found[key], value) for key, value in expected.items()}
        agree = agree and max(errors.values()) < 1e-5
        print(f"{name}: largest relative error", ", ".join(f"{key} {e:.1e}" for key, e in errors.items()))
    return agree


def check_fastestdet(folder):
    """The same for FastestDet with its published weights, which lie beside `folder`."""
    weights = folder.parent / "weights" / "fastestdet_coco.safetensors"
    photos = sorted(folder.glob("fastestdet_coco_photo_*.expected.safetensors"))
    if not weights.exists() or not photos:
        print(f"fastestdet_coco: skipped, not in {folder} or not {weights}")
        return True
    model = fastestdet.FastestDet().eval()
    load_state(model, weights)
    errors = []
    for photo in photos:
        expected = safetensors_file.read(photo)
        picture = torch.from_numpy(expected["input"].astype(np.float32) / 255)
        errors.append(relative_error(model(picture[None]).numpy()[0], expected["output"]))
    print(f"fastestdet_coco: largest relative error of {len(photos)} photographs {max(errors):.1e}")
    return max(errors) < 1e-5


Counts = namedtuple("Counts", "parameters macs")


def counted(model, height, width):
    """Parameters, and multiply-adds of convolutions and the linear layer for one picture."""
    macs = 0

    def hook(module, _inputs, output):
        nonlocal macs
        macs += output.numel() * module.weight[0].numel()

    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(hook)
    model.eval()(torch.zeros(1, 3, height, width))
    return Counts(sum(parameter.numel() for parameter in model.parameters()), macs)


# Published counts, with 10 and with 100 classes.
AUG_SHUFFLE_COUNTS = {
    "0.5x": {10: Counts(330_862, 10_198_144), 100: Counts(423_112, 10_290_304)},
    "1.0x": {10: Counts(1_208_488, 43_547_968), 100: Counts(1_300_738, 43_640_128)},
    "1.5x": {10: Counts(2_223_950, 85_371_008), 100: Counts(2_316_200, 85_463_168)},
}
SHUFFLE_COUNTS = {
    "0.5x": {10: Counts(352_042, 10_902_016), 100: Counts(444_292, 10_994_176)},
    "1.0x": {10: Counts(1_263_854, 45_002_112), 100: Counts(1_356_104, 45_094_272)},
    "1.5x": {10: Counts(2_488_874, 94_259_712), 100: Counts(2_581_124, 94_351_872)},
}
TORCHVISION_COUNTS = {
    "x0_5": Counts(1_366_792, 40_476_448),
    "x1_0": Counts(2_278_604, 144_907_992),
    "x1_5": Counts(3_503_624, 295_759_392),
    "x2_0": Counts(7_393_996, 583_253_464),
}
TORCHVISION_RESIDUAL_COUNTS = {
    "mobilenet_v2": Counts(3_504_872, 300_774_272),
    "resnet18": Counts(11_689_512, 1_814_073_344),
}
FASTESTDET_COUNTS = Counts(244_490, 121_491_744)


def check_count(name, found, expected):
    verdict = "as published" if found == expected else f"where {expected} was expected"
    print(f"{name}: {found.parameters:,} parameters, {found.macs:,} multiply-adds, {verdict}")
    return found == expected


def check_counts():
    agree = True
    for size, by_classes in AUG_SHUFFLE_COUNTS.items():
        for classes, expected in by_classes.items():
            for variant in ("port", "article", "plus"):
                model = augshufflenet(variant, Layout(AUG_SHUFFLE_WIDTHS[size], classes=classes))
                name = f"AugShuffleNet {size} {variant}, {classes} classes"
                agree &= check_count(name, counted(model, 32, 32), expected)
    for size, by_classes in SHUFFLE_COUNTS.items():
        for classes, expected in by_classes.items():
            model = shufflenetv2_cifar(Layout(SHUFFLE_WIDTHS[size], classes=classes))
            agree &= check_count(f"ShuffleNetV2 {size}, {classes} classes", counted(model, 32, 32), expected)
    for size, expected in TORCHVISION_COUNTS.items():
        model = getattr(torchvision.models, f"shufflenet_v2_{size}")()
        agree &= check_count(f"torchvision shufflenet_v2_{size}", counted(model, 224, 224), expected)
    for name, expected in TORCHVISION_RESIDUAL_COUNTS.items():
        model = getattr(torchvision.models, name)()
        agree &= check_count(f"torchvision {name}", counted(model, 224, 224), expected)
    found = counted(fastestdet.FastestDet(), fastestdet.HEIGHT, fastestdet.WIDTH)
    return check_count("FastestDet, 80 classes", found, FASTESTDET_COUNTS) and agree


# --- The program -------------------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(2)


def main():
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", metavar="NAME", nargs="*", help="networks to make; without any, all of them")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path(__file__).resolve().parent,
                        help="where the files go (default: beside this program)")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("--check", metavar="DIR", type=Path,
                        help="compare the definitions here with the public code's golden files in DIR "
                             "and with the published counts, and stop")
    options = parser.parse_args()

    networks = golden_networks()
    if options.list:
        print("\n".join([*networks, *families.FAMILIES, *PARTS]))
        return
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    if options.check:
        if not options.check.is_dir():
            parser.error(f"{options.check} is not a folder")
        agree = [check_answers(options.check), check_fastestdet(options.check), check_counts()]
        if not all(agree):
            sys.exit("generate.py: the definitions do not agree with the public code")
        return
    for name in options.names:
        if name not in [*networks, *families.FAMILIES, *PARTS]:
            parser.error(f"there is no network named '{name}'; --list prints the names")
    if not options.out.is_dir():
        parser.error(f"{options.out} is not a folder")
    for name in options.names or [*networks, *families.FAMILIES, *PARTS]:
        if name in networks:
            generate(name, networks[name], options.out)
        elif name in families.FAMILIES:
            generate_family(name, families.FAMILIES[name], options.out)
        elif name == "training":
            module = networks[TRAINED].build()
            weights = safetensors_file.read(options.out / f"{TRAINED}.safetensors")
            values = {key: torch.from_numpy(value.copy()) for key, value in weights.items()}
            module.load_state_dict(values, strict=False)
            safetensors_file.write(options.out / "training.expected.safetensors", training.tensors(module))
        else:
            safetensors_file.write(options.out / f"{name}.expected.safetensors", PARTS[name].tensors())


if __name__ == "__main__":
    main()
