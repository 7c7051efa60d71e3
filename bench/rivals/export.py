#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes one network with random weights in the form that each runtime reads: safetensors for Plait, ONNX for
ONNX Runtime, TorchScript for PyTorch, a picture as raw float32, and some more to calibrate int8 with.

usage: export.py NAME FOLDER
"""
import json
import pathlib
import sys

import torch
import torchvision

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden"))
import families  # noqa: E402
import fastestdet  # noqa: E402
import generate  # noqa: E402
import safetensors_file  # noqa: E402

CALIBRATION_PICTURES = 32
SIZES = {"x0_5": "0.5x", "x1_0": "1.0x", "x1_5": "1.5x"}


def build(name):
    """The network, and its input's height and width; how Plait convolves is not of it."""
    name = name.removesuffix("_winograd")
    if name in families.FAMILIES:
        return families.FAMILIES[name].build(), (224, 224)
    if name.startswith("torchvision_"):
        return getattr(torchvision.models, name.removeprefix("torchvision_"))(weights=None), (224, 224)
    if name == "fastestdet_coco":
        return fastestdet.FastestDet(), (fastestdet.HEIGHT, fastestdet.WIDTH)
    size = next(text for key, text in SIZES.items() if f"_{key}_" in name)
    if name.startswith("shufflenetv2_cifar_"):
        return generate.shufflenetv2_cifar(generate.Layout(generate.SHUFFLE_WIDTHS[size])), (32, 32)
    return generate.augshufflenet("port", generate.Layout(generate.AUG_SHUFFLE_WIDTHS[size])), (32, 32)


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    torch.set_num_threads(1)
    model, size = build(name)
    picture = torch.rand(1, 3, *size)
    model.train()
    with torch.no_grad():  # statistics that keep signals at their size
        for _ in range(8):
            model(torch.rand(4, 3, *size))
    model.eval()

    state = {key: value.numpy() for key, value in model.state_dict().items()}
    safetensors_file.write(folder / f"{name}.safetensors", state)
    torch.onnx.export(model, picture, str(folder / f"{name}.onnx"), opset_version=17, do_constant_folding=True,
                      input_names=["input"], output_names=["logits"])
    with torch.no_grad():
        traced = torch.jit.trace(model, picture)
    traced.save(str(folder / f"{name}.pt"), _extra_files={"input_shape": json.dumps(picture.shape)})
    picture.numpy().astype("<f4").tofile(folder / f"{name}.input")
    pictures = torch.rand(CALIBRATION_PICTURES, 3, *size).numpy()
    safetensors_file.write(folder / f"{name}.calibration.safetensors", {"plait.calibration.input": pictures})


if __name__ == "__main__":
    main()
