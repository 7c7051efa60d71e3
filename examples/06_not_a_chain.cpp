// SPDX-License-Identifier: BSD-3-Clause
// 6. Networks that are not chains.
//
// Branches, residual sums, a map that is used again much later, several outputs: a network with these is one
// block whose `lower` is written out. Nothing else changes, since channels are only numbers to a block, and
// the planner keeps a channel for as long as somebody will read it.

#include <cstdio>

#include "plait/plait.hpp"

using namespace plait;

// For the most common of them there are blocks of blocks, which nest.
using with_words = network<shape{.channels = 16, .height = 8, .width = 8},            //
                           residual<activation::relu, depthwise{}, conv{.out = 16}>,  // relu(x + f(x))
                           parallel<chain<>, chain<depthwise{.kernel = 5}, conv{.out = 8}>>,  // [x, f(x)]
                           also_output,                                                       //
                           global_average_pool{}>;

static_assert(with_words::sizes.outputs == 2);
static_assert(with_words::layer<1>::output == shape{.channels = 24, .height = 8, .width = 8});

// The same freedom written out: two scales of one picture, the finer one tapped and joined again after the
// coarser one has been made, and an answer at both.
struct two_scales {
    static constexpr bool composite = true;  // made of blocks: they are numbered and named, it is not

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map picture) const {
        const feature_map fine = g(picture, conv{.out = 16, .kernel = 3}, shuffle_down{.out = 32});
        const feature_map coarse = g(fine, shuffle_down{.out = 64}, aug_shuffle{.split = {1, 2}});

        const feature_map smaller = g(coarse, conv{.out = 32});
        const feature_map larger = g(smaller, upsample{.factor = 2});
        const feature_map both = g.concat(fine, larger);               // the tap; no value moves
        const feature_map mixed = g(g.shuffle(both, 2), depthwise{});  // nor here

        g.output(g(coarse, global_average_pool{}, linear{.out = 3}));
        return g(mixed, conv{.out = 4});
    }
};

using net = network<shape{.channels = 3, .height = 32, .width = 32}, two_scales{}>;

// The block's own return value is the network's last output.
static_assert(net::sizes.outputs == 2);
static_assert(net::output == shape{.channels = 4, .height = 16, .width = 16});

int main() {
    const auto untrained = model<net>::zeros();
    static net::workspace scratch;
    static const tensor<float, net::input> picture{};

    // The outputs are read where they lie; `all_outputs` would copy them.
    untrained.input(scratch).copy(picture);
    untrained.run(scratch);
    const auto [classes, map] = untrained.outputs(scratch);
    std::printf("Two outputs: %d classes for the picture, and %d values for each of %d x %d places.\n",
                classes.dimensions.channels, map.dimensions.channels, map.dimensions.height,
                map.dimensions.width);

    // What the planner made of it: whatever lives at the same time has a place of its own, and no more.
    using place = planned<net>;
    std::printf("%d calls in %lld bytes of workspace; no plan could do with less than %zu.\n", net::sizes.ops,
                net::workspace_bytes, sizeof(float) * static_cast<std::size_t>(place::where.lower_bound));
}
