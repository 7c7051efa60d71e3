// SPDX-License-Identifier: BSD-3-Clause
// 5. Write your own block.
//
// A block says two things: `check`, whether an input suits it, and `lower`, which calls its layers make over
// channels. It knows nothing of memory, vectors or files. Here is MobileNetV2's inverted residual: widen,
// look around, narrow again, add what came in.

#include <cstdio>
#include <string>
#include <vector>

#include "plait/io/safetensors_writer.hpp"
#include "plait/plait.hpp"

struct inverted_residual {
    static constexpr plait::sentence expansion_must_be_positive{"the expansion must be positive"};

    int expansion = 4;

    constexpr plait::refusal check(plait::shape) const {
        if (expansion < 1) return expansion_must_be_positive;
        return {};
    }
    constexpr plait::feature_map lower(plait::graph& g, plait::feature_map x) const {
        using plait::activation;
        const auto made = g.in("layers")([&] {
            plait::feature_map y = x;
            y = g.conv(y, {.out = expansion * x.count, .act = activation::relu});
            y = g.depthwise(y, {.act = activation::relu});
            return g.conv(y, {.out = x.count, .act = activation::none});
        });
        return g.add(x, made, activation::none);
    }
};

// That was all. It stands in a network like any other block, and everything that is known of networks is
// known of this one.
using net = plait::network<plait::shape{.channels = 3, .height = 32, .width = 32},  //
                           plait::conv{.out = 16, .kernel = 3, .stride = 2},        // 0
                           inverted_residual{.expansion = 6},                       // 1
                           plait::global_average_pool{},                            // 2
                           plait::linear{.out = 5}>;                                // 3

static_assert(net::layer<1>::output == net::layer<1>::input);
static_assert(net::macs == (27 * 16 + 16 * 96 + 9 * 96 + 96 * 16) * 16 * 16 + 16 * 5);

// Its weights come from PyTorch under the names of an `nn.Sequential`, the blocks counted from 0:
//
//     nn.Sequential(conv_norm_relu, InvertedResidual(), Pool(), nn.Linear(16, 5))
//
// where a conv block is itself a Sequential of convolution, norm and ReLU, and our block keeps its layers in
// one that `lower` calls `layers`; its numbers also count the ReLUs.
struct layer {
    std::string weights, norm;
    std::vector<std::int64_t> dimensions;
};
const std::vector<layer> layers = {
    {"0.0", "0.1", {16, 3, 3, 3}},
    {"1.layers.0", "1.layers.1", {96, 16, 1, 1}},
    {"1.layers.3", "1.layers.4", {96, 1, 3, 3}},
    {"1.layers.6", "1.layers.7", {16, 96, 1, 1}},
};

// There is no trained file for a network that we have just made up, so we write one as PyTorch would: every
// weight 0.01, every norm the identity.
std::vector<std::byte> made_up_weights() {
    const std::vector<float> hundredths(4096, 0.01f), ones(96, 1.0f), zeros(96, 0.0f);
    const std::span<const float> all(hundredths);
    std::vector<plait::named_values> tensors;
    for (const layer& l : layers) {
        std::size_t count = 1;
        for (const std::int64_t d : l.dimensions) count *= static_cast<std::size_t>(d);
        const auto outputs = static_cast<std::size_t>(l.dimensions[0]);
        const auto channels = l.dimensions[0];
        tensors.push_back({l.weights + ".weight", l.dimensions, all.first(count)});
        tensors.push_back({l.norm + ".weight", {channels}, std::span(ones).first(outputs)});
        tensors.push_back({l.norm + ".bias", {channels}, std::span(zeros).first(outputs)});
        tensors.push_back({l.norm + ".running_mean", {channels}, std::span(zeros).first(outputs)});
        tensors.push_back({l.norm + ".running_var", {channels}, std::span(ones).first(outputs)});
    }
    tensors.push_back({"3.weight", {5, 16}, all.first(80)});
    tensors.push_back({"3.bias", {5}, std::span(zeros).first(5)});
    return plait::write_safetensors(tensors);
}

int main() {
    const auto model = plait::load<net>(made_up_weights(), "made-up weights");
    if (!model) {
        std::fprintf(stderr, "%s\n", model.error().c_str());
        return 2;
    }
    static plait::tensor<float, net::input> white;
    for (float& value : white) value = 1;
    static net::workspace scratch;
    const auto logits = (*model)(white, scratch);

    std::printf("A network with a block of our own: %lld parameters, %lld multiply-adds, logit %.6f.\n",
                net::parameters, net::macs, double{logits[0]});

    // Not sure about a name? Load any file, and the first one that is missing says what it should be called.
    const auto empty = plait::load<net>(plait::write_safetensors({}), "an empty file");
    std::printf("%s.\n", empty.error().c_str());
}
