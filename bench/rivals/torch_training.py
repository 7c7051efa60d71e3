#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Answers `run SECONDS` with the median seconds of a training step in PyTorch.

usage: torch_training.py NAME contiguous|channels_last THREADS
"""
import pathlib
import statistics
import sys
import time

import torch
import torchvision

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden"))
import generate  # noqa: E402

BATCH = 128
SIZES = {"x0_5": "0.5x", "x1_0": "1.0x", "x1_5": "1.5x"}


def build(name):
    if name in ("mobilenet_v2", "resnet18"):
        return getattr(torchvision.models, name)(weights=None, num_classes=10)
    size = SIZES[name[-4:]]
    if name.startswith("shufflenetv2_cifar_"):
        return generate.shufflenetv2_cifar(generate.Layout(generate.SHUFFLE_WIDTHS[size]))
    return generate.augshufflenet("plus", generate.Layout(generate.AUG_SHUFFLE_WIDTHS[size]))


def main():
    name, memory_format, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(7)
    layout = getattr(torch, "contiguous_format" if memory_format == "contiguous" else memory_format)
    model = build(name).to(memory_format=layout).train()
    pictures = torch.rand(BATCH, 3, 32, 32).to(memory_format=layout)
    labels = torch.randint(0, 10, (BATCH,))
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, nesterov=True, weight_decay=1e-4)

    def step():
        optimiser.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(model(pictures), labels).backward()
        optimiser.step()

    step()
    print("ready", flush=True)
    for line in sys.stdin:
        times = []
        end = time.perf_counter() + float(line.split()[1])
        while not times or time.perf_counter() < end:
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        print(statistics.median(times), flush=True)


if __name__ == "__main__":
    main()
