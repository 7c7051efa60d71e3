#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns a PyTorch .pth or .pt file into safetensors.

IN holds a state_dict, or a checkpoint with one under 'state_dict', 'model_state_dict', 'model', 'ema' or the like.
Names stay as they are; doubles become floats. With a module of PyTorch the file also stores one input with the
module's answer, which `plait::verify` replays: --module FILE.py:NAME, a module or a function that makes one, takes
the weights of IN, or without IN keeps its own; --input says which input. From Python:
`export(module, path, example=tensor)`. Needs PyTorch 1.13 or newer.
"""

import argparse
import copy
import importlib.util
import json
import os
import re
import struct
import sys

try:
    import torch
except ImportError:
    print("export_weights.py: needs PyTorch (Debian: python3-torch)", file=sys.stderr)
    sys.exit(2)

DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8",
    torch.bool: "BOOL",
}


KEYS = ("state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params", "ema",
        "state_dict_ema", "model_ema", "ema_state_dict", "params_ema")

EXAMPLE = "plait.example."


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(2)


def read(path, trusted):
    """What torch.save has written; ValueError says what the file is instead."""
    try:
        return torch.load(path, map_location="cpu", weights_only=not trusted)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # torch.load raises whatever its unpickler does
        found = "cannot read" if trusted else "cannot read without --trust, which can run code from the file"
        raise ValueError(f"{path}: expected a file of torch.save(model.state_dict(), ...), found one that "
                         f"PyTorch {found}") from error


def state_dict_in(found, path, key=None, say=lambda message: None):
    """The tensors of a state_dict, a module or a checkpoint by name; `say` hears which part was taken."""
    if isinstance(found, dict) and key is not None:
        if key not in found:
            raise ValueError(f"{path}: expected a checkpoint with '{key}', found one with "
                             f"{', '.join(repr(str(name)) for name in found) or 'nothing'}")
        found = found[key]
    while isinstance(found, dict):
        keys = [name for name in KEYS if isinstance(found.get(name), (dict, torch.nn.Module)) and found[name]]
        if not keys:
            break
        also = f" (there are also {', '.join(keys[1:])}: --key chooses)" if len(keys) > 1 else ""
        say(f"{path}: took '{keys[0]}'{also}")
        found = found[keys[0]]
    if isinstance(found, torch.nn.Module):
        found = found.state_dict()
    if not isinstance(found, dict) or not found:
        what = "nothing in it" if isinstance(found, dict) else f"a value of type {type(found).__name__}"
        raise ValueError(f"{path}: expected a state_dict, found {what}")
    for name, value in found.items():
        if not isinstance(value, torch.Tensor):
            raise ValueError(f"{path}: expected tensors only, found '{name}' of type {type(value).__name__}")
        if value.dtype not in DTYPES:
            raise ValueError(f"{path}: tensor '{name}' has type {value.dtype}, which safetensors cannot hold")
        if str(name).startswith(EXAMPLE):
            raise ValueError(f"{path}: tensor '{name}' has a name that is kept for examples")
    return {str(name): value.detach() for name, value in found.items()}


def narrowed(path, name, tensor, half=False):
    """Doubles as F32, with `half` all as F16; what becomes infinite is refused."""
    wanted = torch.float16 if half else torch.float32 if tensor.dtype == torch.float64 else tensor.dtype
    if not tensor.is_floating_point() or wanted == tensor.dtype:
        return tensor
    made = tensor.to(wanted)
    if not torch.equal(made.isfinite(), tensor.isfinite()):
        where = "F16; leave out --half" if half else "F32"
        raise ValueError(f"{path}: tensor '{name}' has values too large for {where}")
    return made


def outputs_in(answer):
    """The tensors of what a module returns, in order."""
    if isinstance(answer, torch.Tensor):
        return [answer]
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, (list, tuple)):
        return [tensor for part in answer for tensor in outputs_in(part)]
    raise ValueError(f"expected a module that returns tensors, found one that returns {type(answer).__name__}")


def one_picture(example):
    """A tensor of 1 x C x H x W, or 1 x C."""
    example = example.detach().cpu().float()
    if example.dim() == 3:
        example = example.unsqueeze(0)
    if example.dim() < 2 or example.shape[0] != 1:
        raise ValueError(f"expected an example of 1 x C x H x W, found one of shape {list(example.shape)}")
    return example


def example_of(module, example):
    """What the module takes, a tensor or several, and what it answers in evaluation, as tensors of the file.
    Several outputs have the order in which the module returns them."""
    inputs = [one_picture(each) for each in (example if isinstance(example, (list, tuple)) else [example])]
    module.eval()
    first = next((tensor for tensor in module.parameters() if tensor.is_floating_point()), inputs[0])
    try:
        with torch.no_grad():
            answer = module(*(each.to(first.device, first.dtype) for each in inputs))
    except RuntimeError as error:
        raise ValueError(f"the module refuses the example: {' '.join(str(error).split())}") from error
    stored = {f"input{index or ''}": each for index, each in enumerate(inputs)}
    for index, output in enumerate(outputs_in(answer)):
        if output.dim() == 0 or output.shape[0] != 1:
            raise ValueError(f"expected outputs of one input, found output {index} of shape {list(output.shape)}")
        stored[f"output{index}"] = output
    for name, tensor in stored.items():
        stored[name] = tensor = tensor.detach().cpu().float()
        if not tensor.isfinite().all():
            raise ValueError(f"the example's {name} has values that are not finite")
    return {EXAMPLE + name: tensor for name, tensor in stored.items()}


def module_at(place):
    """The module that FILE.py:NAME is, or makes."""
    file, separator, name = place.rpartition(":")
    if not separator:
        raise ValueError(f"{place}: expected FILE.py:NAME")
    if not os.path.isfile(file):
        raise ValueError(f"{file}: No such file or directory")
    sys.path.insert(0, os.path.dirname(os.path.abspath(file)))
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(file))[0], file)
    if spec is None:
        raise ValueError(f"{file}: expected a file of Python")
    source = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(source)
    found = getattr(source, name, None)
    if found is None:
        raise ValueError(f"{file}: expected '{name}' in it, found nothing of that name")
    made = found if isinstance(found, torch.nn.Module) or not callable(found) else found()
    if not isinstance(made, torch.nn.Module):
        raise ValueError(f"{place}: expected a torch.nn.Module, found a value of type {type(made).__name__}")
    return made


def input_at(place):
    """The tensor of a .npy or .pt file, or random numbers of a shape such as 3x32x32, the same every time."""
    if re.fullmatch(r"\d+(x\d+)*", place):
        return torch.randn([int(size) for size in place.split("x")], generator=torch.Generator().manual_seed(1))
    if place.endswith(".npy"):
        import numpy
        try:
            return torch.from_numpy(numpy.load(place)).float()
        except (OSError, ValueError) as error:
            raise ValueError(f"{place}: {getattr(error, 'strerror', None) or error}") from error
    found = read(place, trusted=False)
    if not isinstance(found, torch.Tensor):
        raise ValueError(f"{place}: expected a tensor, found a value of type {type(found).__name__}")
    return found.float()


def put_weights(module, tensors, path):
    """Loads a state_dict into a module, without what DataParallel and torch.compile put before all names."""
    for prefix in ("module.", "_orig_mod.", "module."):
        own = module.state_dict()
        if not any(name in own for name in tensors) and all(name.startswith(prefix) for name in tensors):
            tensors = {name[len(prefix):]: tensor for name, tensor in tensors.items()}
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"{path}: does not fit the module: {' '.join(str(error).split())}") from error


def write_safetensors(tensors, path):
    """A little-endian length, a JSON header, and the data; wide types first, so that all are aligned."""
    ordered = sorted(tensors.items(), key=lambda item: -item[1].element_size())
    data = [tensor.reshape(-1).view(torch.uint8).numpy().tobytes() for _, tensor in ordered]
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for (name, tensor), raw in zip(ordered, data):
        begin, end = end, end + len(raw)
        dtype, shape = DTYPES[tensor.dtype], list(tensor.shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))


def save(tensors, path):
    open(path, "wb").close()  # an OSError now, whichever writer follows
    try:
        from safetensors.torch import save_file
    except ImportError:
        write_safetensors(tensors, path)
    else:
        save_file(tensors, path, metadata={"format": "pt"})


def export(source, path, example=None, half=False):
    """Writes the weights of a module, or a state_dict, and of a module an example with its answers: a tensor, or one
    for each input. Returns what the file holds."""
    tensors = state_dict_in(source.state_dict() if isinstance(source, torch.nn.Module) else source, path)
    tensors = {name: narrowed(path, name, tensor, half) for name, tensor in tensors.items()}
    if example is not None:
        if not isinstance(source, torch.nn.Module):
            raise ValueError(f"{path}: an example needs a module, found a value of type {type(source).__name__}")
        module = copy.deepcopy(source)
        module.load_state_dict(tensors)  # as they are stored
        tensors.update(example_of(module, example))
    tensors = {name: tensor.cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    save(tensors, path)
    return tensors


def main():
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", metavar="IN", nargs="?", help="file made with torch.save")
    parser.add_argument("output", metavar="OUT", help="safetensors file to write")
    parser.add_argument("--half", action="store_true", help="store floating-point weights as F16")
    parser.add_argument("--key", help="the part of a checkpoint that is taken, such as ema")
    parser.add_argument("--trust", action="store_true",
                        help="read all of a checkpoint, not tensors alone: this can run code from the file")
    parser.add_argument("--module", metavar="FILE.py:NAME", help="the module, or a function that makes it")
    parser.add_argument("--input", metavar="X", action="append", default=[],
                        help="an input of the module to store with its answer: a .npy or .pt file, or a shape such as "
                             "3x32x32 for random numbers; once for each, where the module takes several")
    options = parser.parse_args()
    if options.source is None and options.module is None:
        parser.error("expected IN, or --module with weights of its own")
    if (options.module is None) != (not options.input):
        parser.error("expected --module and --input together")
    try:
        weights = module_at(options.module) if options.module else None
        if options.source is not None:
            tensors = state_dict_in(read(options.source, options.trust), options.source, options.key, print)
            if weights is None:
                weights = {name: narrowed(options.source, name, tensor, options.half)
                           for name, tensor in tensors.items()}
            else:
                put_weights(weights, tensors, options.source)
        example = [input_at(place) for place in options.input] or None
        tensors = export(weights, options.output, example, options.half)
    except ValueError as error:
        parser.error(error)
    except OSError as error:
        parser.error(f"{options.output}: {error.strerror or error}")
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith(EXAMPLE)}
    values = sum(tensor.numel() for tensor in weights.values())
    outputs = len(tensors) - len(weights) - len(options.input)
    stored = f", an example with {outputs} outputs" if example is not None else ""
    print(f"{options.output}: {len(weights)} tensors, {values:,} values{stored}")


if __name__ == "__main__":
    main()
