# SPDX-License-Identifier: BSD-3-Clause
"""Plait's words for the numbers of a step."""

import ctypes
import functools
import re

import numpy as np

from .maps import NONE, RELU, Activation

KEYWORDS = set("""alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t
class compl concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default
delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable
namespace new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires
return short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try
typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq final override import module
std plait main linux unix""".split())


# What a header says inside of its namespace, or of another macro's name.
PLAIT = set("""activate activation affine average_pool batch_norm binary_operation channel_shuffle combine_constant
combine_values conv conv_transpose coordinates depthwise extent feature_map file_tensor global_average_pool
global_max_pool graph interpolate interpolation layers linear map_axis max_pool model network norms pad pad_channels
padding padding_mode per_axis pixel_shuffle pixel_unshuffle prelu refusal repeat residual shape sides slice_pixels
softmax squeeze_excitation tensor tensor_part tensor_run upsample""".split())
C = set("""assert errno stdin stdout stderr signbit isnan isinf isfinite isnormal offsetof major minor tm stat timeval
i386 div_t ldiv_t imaxdiv_t size_t time_t clock_t off_t pid_t wint_t wctype_t fpos_t va_list timespec
sigaction""".split())


def is_taken(word):
    """Whether C++, a header of C or a block of Plait's has the word already."""
    if word in KEYWORDS or word in PLAIT or word in C or word.endswith("_t") or "__" in word:
        return True
    return any(hasattr(library, word) for library in _libraries())


@functools.lru_cache(None)
def _libraries():
    """Those of C, whose functions no namespace may be called like."""
    found = []
    for name in (None, "libm.so.6"):
        try:
            found.append(ctypes.CDLL(name))
        except OSError:
            pass
    return found


def identifier(text, otherwise="network"):
    """An identifier of C++ that looks like the text: lower case, at most 40 characters, never a word that is taken."""
    word = re.sub(r"[^A-Za-z0-9]+", "_", str(text)).strip("_").lower()[:40].strip("_") or otherwise
    if word[0].isdigit():
        word = "_".join(("network", word))
    return word + "_network" if is_taken(word) else word


def literal(text):
    """A string literal of C++ for any text: what is not printable ASCII in octal."""
    def letter(byte):
        if byte in b'"\\':
            return "\\" + chr(byte)
        if 32 <= byte < 127 and byte != ord("?"):
            return chr(byte)
        return f"\\{byte:03o}"

    return '"' + "".join(letter(byte) for byte in str(text).replace("\0", "?").encode(
        "utf-8", "surrogatepass")) + '"'


def comment(text, longest=60):
    """What may stand in a comment that ends with its line."""
    kept = "".join(c if c.isascii() and c.isprintable() and c not in "\\?" else "_" for c in str(text))
    kept = kept.replace("*/", "*_").replace("/*", "/_")
    return kept if len(kept) <= longest else kept[:longest - 3] + "..."


def number(value):
    """The shortest decimal number that is this float."""
    value = float(value)
    as_float = float(np.float32(value))
    text = repr(value)
    if abs(as_float - value) <= 1e-7 * abs(value):
        text = str(np.float32(value))
    if text.endswith(".0") and abs(value) < 1e6:
        text = text[:-2]
    return text


def per_axis(pair):
    height, width = (int(n) for n in pair)
    return str(height) if height == width else f"extent{{.height = {height}, .width = {width}}}"


def sides(around):
    words = ("top", "left", "bottom", "right")
    return "sides{" + ", ".join(f".{word} = {int(n)}" for word, n in zip(words, around) if n) + "}"


def padding(around):
    top, left, bottom, right = (int(n) for n in around)
    if top == left == bottom == right:
        return str(top)
    if (top, left) == (bottom, right):
        return per_axis((top, left))
    return sides(around)


def same_padding(step):
    """Whether a window is padded as TensorFlow's SAME."""
    n = step.numbers
    around = []
    for inputs, kernel, stride, dilation in zip(step.inputs[0].size, n["kernel"], n["stride"],
                                                n.get("dilation", (1, 1))):
        missing = max(0, (-(-inputs // stride) - 1) * stride + (kernel - 1) * dilation + 1 - inputs)
        around.append((missing // 2, missing - missing // 2))
    return tuple(n["padding"]) == (around[0][0], around[1][0], around[0][1], around[1][1])


def centred_padding(step):
    """Whether a window is padded as Plait pads it where nobody says."""
    n = step.numbers
    dilation = n.get("dilation", (1, 1))
    wanted = []
    for kernel, stride, apart in zip(n["kernel"], n["stride"], dilation):
        if kernel % 2 == 1:
            wanted.append((kernel - 1) * apart // 2)
        elif kernel == stride and apart == 1:
            wanted.append(0)
        else:
            return False
    return tuple(n["padding"]) == (wanted[0], wanted[1], wanted[0], wanted[1])


USUAL_NUMBERS = {"hard_sigmoid": (1 / 6, 0.5), "leaky_relu": (0.01,), "elu": (1.0,)}


def activation(value):
    usual = USUAL_NUMBERS.get(value.word)
    if usual and np.allclose(value.numbers, usual, rtol=1e-6, atol=0):
        return f"activation::{value.word}()"
    if not value.numbers:
        return f"activation::{value.word}"
    return f"activation::{value.word}({', '.join(number(n) for n in value.numbers)})"


class Words:
    """What a step says, where `slot` may replace numbers by members of a block."""

    def __init__(self, slot=None, default_epsilon=1e-5):
        self.slot = slot or (lambda key: None)
        self.default_epsilon = default_epsilon

    def int_of(self, numbers, key):
        return self.slot(key) or str(int(numbers[key]))

    def axis_of(self, numbers, key):
        return self.slot(key) or per_axis(numbers[key])

    def block(self, step):
        """The block of a step that reads one map: `conv{.out = 32}`."""
        return getattr(self, "block_" + step.kind)(step)

    def after(self, step):
        n = step.numbers
        if n["norm"] is None:
            return "affine::bias" if n["bias"] else "affine::none"
        if abs(n["norm"] - self.default_epsilon) <= 1e-6 * self.default_epsilon:
            return "affine::bias_and_batch_norm" if n["bias"] else None
        bias = ".adds_bias = true, " if n["bias"] else ""
        return f"affine{{{bias}.epsilon = {number(n['norm'])}}}"

    @staticmethod
    def braces(word, fields):
        return word + "{" + ", ".join(f".{key} = {value}" for key, value in fields if value is not None) + "}"

    def window_fields(self, step, kernel, stride):
        """Kernel, stride, padding and dilation where they are not what nobody need say."""
        n = step.numbers
        fields = []
        says_kernel = self.axis_of(n, "kernel")
        says_stride = self.axis_of(n, "stride")
        if says_kernel != str(kernel):
            fields.append(("kernel", says_kernel))
        if says_stride != str(stride):
            fields.append(("stride", says_stride))
        if not centred_padding(step):
            if not n.get("ceil_mode") and same_padding(step) and any(n["padding"]):
                fields.append(("padding", "padding::tensorflow_same"))
            else:
                fields.append(("padding", padding(n["padding"])))
        if n.get("dilation", (1, 1)) != (1, 1):
            fields.append(("dilation", per_axis(n["dilation"])))
        return fields

    def block_conv(self, step):
        n = step.numbers
        fields = [("out", self.int_of(n, "out")), *self.window_fields(step, 1, 1)]
        if n["groups"] != 1:
            fields.append(("groups", str(n["groups"])))
        return self.braces("conv", fields + self.affine_fields(step))

    def affine_fields(self, step):
        act = step.numbers["activation"]
        text = self.slot("activation") or (activation(act) if act != RELU else None)
        return [("after", self.after(step)), ("activation", text)]

    def block_depthwise(self, step):
        return self.braces("depthwise", self.window_fields(step, 3, 1) + self.affine_fields(step))

    def block_conv_transpose(self, step):
        n = step.numbers
        fields = [("out", self.int_of(n, "out"))]
        fields += [(key, per_axis(n[key])) for key, usual in (
            ("kernel", (2, 2)), ("stride", (2, 2)), ("padding", (0, 0)), ("output_padding", (0, 0)))
            if tuple(n[key]) != usual]
        return self.braces("conv_transpose", fields + self.affine_fields(step))

    def block_linear(self, step):
        fields = [("out", self.int_of(step.numbers, "out"))]
        return self.braces("linear", fields + ([] if step.numbers["bias"] else [("bias", "false")]))

    def block_batch_norm(self, step):
        epsilon = step.numbers["epsilon"]
        usual = abs(epsilon - self.default_epsilon) <= 1e-6 * self.default_epsilon
        return self.braces("batch_norm", [] if usual else [("epsilon", number(epsilon))])

    def block_activate(self, step):
        act = step.numbers["activation"]
        return self.braces("activate", [("activation", activation(act))] if act != RELU else [])

    def block_prelu(self, step):
        return self.braces("prelu", [("one_slope", "true")] if step.numbers["one_slope"] else [])

    def block_softmax(self, _):
        return "softmax{}"

    def block_max_pool(self, step):
        fields = self.window_fields(step, 3, 2)
        return self.braces("max_pool", fields + ([("ceil_mode", "true")] if step.numbers["ceil_mode"] else []))

    def block_average_pool(self, step):
        n = step.numbers
        fields = self.window_fields(step, 3, 2)
        fields += [("ceil_mode", "true")] if n["ceil_mode"] else []
        counts = any(n["padding"]) or n["ceil_mode"]
        fields += [("count_include_pad", "false")] if counts and not n["count_include_pad"] else []
        return self.braces("average_pool", fields)

    def block_global_average_pool(self, _):
        return "global_average_pool{}"

    def block_global_max_pool(self, _):
        return "global_max_pool{}"

    def block_binary_constant(self, step):
        n = step.numbers
        return self.braces("combine_constant", [
            ("operation", None if n["operation"] == "multiply" else f"binary_operation::{n['operation']}"),
            ("constant", number(n["constant"])), ("constant_first", "true" if n["constant_first"] else None)])

    def block_binary_values(self, step):
        n = step.numbers
        return self.braces("combine_values", [
            ("operation", None if n["operation"] == "multiply" else f"binary_operation::{n['operation']}"),
            ("value_first", "true" if n["value_first"] else None)])

    def block_resize(self, step):
        n = step.numbers
        out, size = step.output.size, step.inputs[0].size
        if n["by"] == "nearest_floor" and n["at"] == "asymmetric" and all(
                out[i] == size[i] * (out[0] // size[0]) for i in range(2)):
            return self.braces("upsample", [("factor", str(out[0] // size[0]))] if out[0] // size[0] != 2 else [])
        fields = []
        if n["factor"] is None:
            fields.append(("to", f"{{.height = {n['to'][0]}, .width = {n['to'][1]}}}"))
        else:
            fields.append(("factor", number(n["factor"])))
        fields += [("by", f"interpolation::{n['by']}")] if n["by"] != "nearest_floor" else []
        fields += [("at", f"coordinates::{n['at']}")] if n["at"] != "asymmetric" else []
        return self.braces("interpolate", fields)

    def block_pad(self, step):
        n = step.numbers
        mode = [("mode", "padding_mode::reflection")] if n["mode"] == "reflection" else []
        return self.braces("pad", [("sides", "{" + sides(n["sides"])[6:-1] + "}")] + mode)

    def block_pad_channels(self, step):
        n = step.numbers
        return self.braces("pad_channels", [(key, str(n[key])) for key in ("before", "after") if n[key]])

    def block_slice_pixels(self, step):
        fields = []
        for index, key in enumerate(("rows", "columns")):
            begin, end, every = step.numbers[key]
            size = step.inputs[0].size[index]
            if (begin, end, every) == (0, size, 1):
                continue
            parts = [f".from = {begin}"] if begin else []
            is_cut = end < size and (size - 1 - begin) // every != (end - 1 - begin) // every
            parts += [f".to = {end}"] if is_cut else []
            parts += [f".step = {every}"] if every != 1 else []
            fields.append((key, "{" + ", ".join(parts) + "}"))
        return self.braces("slice_pixels", fields)

    def block_pixel_shuffle(self, step):
        return self.braces("pixel_shuffle", [("factor", str(step.numbers["factor"]))])

    def block_pixel_unshuffle(self, step):
        return self.braces("pixel_unshuffle", [("factor", str(step.numbers["factor"]))])

    def block_shuffle(self, step):
        groups = self.int_of(step.numbers, "groups")
        return self.braces("channel_shuffle", [("groups", groups)] if groups != "2" else [])

    def block_squeeze_excitation(self, step):
        n = step.numbers
        return self.braces("squeeze_excitation", [
            ("squeezed", self.int_of(n, "squeezed")),
            ("activation", activation(n["activation"]) if n["activation"] != RELU else None),
            ("gate", activation(n["gate"]) if n["gate"].word != "sigmoid" else None)])

    def block_unit(self, step):
        fields = []
        for name, _, default in step.unit.members:
            text = self.slot(("argument", name))
            if text is None:
                value = step.numbers["arguments"][name]
                text = (activation(value) if isinstance(value, Activation) else
                        per_axis(value) if isinstance(value, tuple) else str(value))
            if default is not None and text == str(default):
                continue
            fields.append((name, text))
        return self.braces(step.unit.name, fields)

    def block_residual(self, step):
        inner = ", ".join(
            Words(lambda key, i=i: self.slot(("child", i, key)), self.default_epsilon).block(child)
            for i, child in enumerate(step.children))
        return f"residual<{activation(step.numbers['activation'])}, {inner}>"


def without_activation(act):
    return act is None or act == NONE
