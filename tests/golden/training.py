# SPDX-License-Identifier: BSD-3-Clause
"""What PyTorch makes of a training: losses of steps over fixed pictures, and gradients of the first."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

STEPS = 50
PICTURES = 24  # of a step
BATCHES = 4  # that follow each other again and again
RATE = 0.05


def numbers(count):
    """As tests/train/pytorch_test.cpp draws them: from -1 to 1."""
    state, made = 1, np.empty(count, dtype=np.float32)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        made[i] = (state >> 8) / 2**23 - 1
    return made


def pictures():
    """[batch][picture][channel][row][column], the labels brighter in another way each."""
    shape = (BATCHES, PICTURES, 3, 32, 32)
    made = torch.from_numpy(numbers(int(np.prod(shape))).reshape(shape)).double()
    labels = torch.arange(PICTURES) % 10
    for picture in range(PICTURES):
        made[:, picture] += (labels[picture] % 3 - 1) / 4
        made[:, picture, picture % 10 % 3] += (labels[picture] // 3) / 8
    return made.float(), labels


def run(module, kind):
    """Losses of SGD with Nesterov's momentum and weight decay, and the gradients of the first step."""
    module = copy.deepcopy(module).to(kind).train()
    batches, labels = pictures()
    optimiser = torch.optim.SGD(module.parameters(), lr=RATE, momentum=0.9, nesterov=True, weight_decay=1e-4)
    losses, first = [], None
    with torch.enable_grad():
        for step in range(STEPS):
            optimiser.zero_grad()
            loss = F.cross_entropy(module(batches[step % BATCHES].to(kind)), labels)
            loss.backward()
            if first is None:
                first = {name: parameter.grad.clone() for name, parameter in module.named_parameters()}
            optimiser.step()
            losses.append(loss.item())
    return losses, first, module


def without_kinks(module):
    """The same without its ReLUs."""
    module = copy.deepcopy(module)
    for name, child in list(module.named_children()):
        setattr(module, name, nn.Identity() if isinstance(child, nn.ReLU) else without_kinks(child))
    return module


def tensors(module):
    """Losses in double and in float, whose distance says how far rounding leads apart; gradients of step 0 in
    double, of the network without its ReLUs and the first few of each tensor of it as it is; running statistics at
    the end, in double."""
    losses, gradients, trained = run(module, torch.float64)
    in_float, _, _ = run(module, torch.float32)
    smooth_losses, smooth, _ = run(without_kinks(module), torch.float64)
    made = {"losses": np.array(losses, dtype=np.float32), "losses_rest": rest(losses),
            "losses_of_float": np.array(in_float, dtype=np.float32),
            "smooth_loss": np.array(smooth_losses[:1], dtype=np.float32), "smooth_loss_rest": rest(smooth_losses[:1])}
    for kind, of in (("gradient", gradients), ("smooth", smooth)):
        for name, value in of.items():
            kept = value if kind == "smooth" else value.flatten()[:64]
            made[f"{kind}.{name}"] = kept.float().numpy()
    for name, value in trained.state_dict().items():
        if name.endswith(("running_mean", "running_var")):
            made[f"trained.{name}"] = value.float().numpy()
    return made


def rest(values):
    """What a float leaves of a double."""
    return np.array([value - float(np.float32(value)) for value in values], dtype=np.float32)
