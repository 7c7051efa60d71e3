// SPDX-License-Identifier: BSD-3-Clause
// 3. One block by itself.
//
// A block, or any run of blocks, is a network of its own: it can be loaded, run, timed and compared with what
// PyTorch makes of the same layer. Here we take the first AugShuffle unit out of the trained network.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "plait/io/safetensors_writer.hpp"
#include "plait/plait.hpp"

// Stage 2 of AugShuffleNet 0.5x has 48 channels of 16 x 16 pixels, of which it transforms one half.
using unit = plait::network<plait::shape{.channels = 48, .height = 16, .width = 16},
                            plait::aug_shuffle{.split = {1, 2}}>;

// Split, crossover, concatenation and shuffle cost nothing; what is left is two pointwise convolutions of 24
// channels and a depthwise one.
static_assert(unit::macs == (24 * 24 + 9 * 24 + 24 * 24) * 16 * 16);

// A network without published names is read as an `nn.Sequential`: the unit is its block 0. In the trained
// file the same tensors stand under stages.0.1.
plait::result<std::vector<std::byte>> cut_out_unit(const std::string& path) {
    const auto bytes = plait::read_file(path);
    if (!bytes) return plait::failure{bytes.error()};
    const auto file = plait::safetensors::parse(*bytes, path);
    if (!file) return plait::failure{file.error()};

    const std::string prefix = "stages.0.1.";
    std::vector<std::vector<float>> values;
    std::vector<plait::named_values> tensors;
    for (const plait::stored_tensor& tensor : file->tensors()) {
        if (!tensor.name.starts_with(prefix) || tensor.name.ends_with("num_batches_tracked")) continue;
        values.emplace_back(static_cast<std::size_t>(tensor.elements()));
        plait::copy_as_float(tensor, values.back().data());
        tensors.push_back({"0." + tensor.name.substr(prefix.size()), tensor.dimensions, values.back()});
    }
    return plait::write_safetensors(tensors);
}

int main() {
    const auto file =
        cut_out_unit(PLAIT_SOURCE_DIR "/examples/weights/augshufflenet_x0_5_cifar10.safetensors");
    if (!file) {
        std::fprintf(stderr, "%s\n", file.error().c_str());
        return 2;
    }
    const auto model = plait::load<unit>(*file, "the unit's weights");
    if (!model) {
        std::fprintf(stderr, "%s\n", model.error().c_str());
        return 2;
    }

    // An input in which no two values are equal.
    static plait::tensor<float, unit::input> x;
    for (int i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) / 10'000;
    static unit::workspace scratch;
    static const auto y = (*model)(x, scratch);

    std::printf("One AugShuffle unit: %lld parameters, %lld multiply-adds.\n", unit::parameters, unit::macs);

    // Half of the feature bank passes through untouched, and the shuffle sends it to every other channel.
    // Where is it? The tensors know.
    std::printf("What passes, as input > output:");
    for (int out = 0; out < unit::output.channels; ++out) {
        for (int in = 0; in < unit::input.channels; ++in) {
            if (std::equal(y.channel(out), y.channel(out) + unit::output.pixels(), x.channel(in)))
                std::printf(" %d>%d", in, out);
        }
    }
    std::printf("\n");
}
