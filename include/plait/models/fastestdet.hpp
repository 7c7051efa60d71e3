// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/models/backbone.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// A network that is not a chain is a block whose lowering is written out.
template <auto Backbone>
struct fastestdet_block {
    static constexpr bool composite = true;
    int classes = 80;

    constexpr refusal check(shape) const { return {}; }

    constexpr feature_map lower(graph& g, feature_map picture) const {
        constexpr depthwise five{.kernel = 5};
        const auto to = [](int out, activation act) { return conv{.out = out, .activation = act}; };

        const auto [p1, p2, p3] = Backbone.lower(g, picture);
        const feature_map joined = g.concat(g(p1, average_pool{}), p2, g(p3, upsample{}));

        // All layers of a scope are one flat nn.Sequential.
        return g.flat([&] {
            const feature_map y = g.in("SPP")([&] {
                const feature_map x = g.in("Conv1x1.conv1x1")(joined, to(96, activation::relu));
                const feature_map s1 = g.in("S1")(x, five);
                const feature_map s2 = g.in("S2")(x, five, five);
                const feature_map s3 = g.in("S3")(x, five, five, five);
                return g.add(x, g.in("output")(g.concat(s1, s2, s3), to(96, activation::none)),
                             activation::relu);
            });
            return g.in("detect_head")([&] {
                const feature_map h = g.in("conv1x1.conv1x1")(y, to(96, activation::relu));
                const feature_map object = g.in("obj_layers.conv5x5")(h, five, to(1, activation::sigmoid));
                const feature_map box = g.in("reg_layers.conv5x5")(h, five, to(4, activation::none));
                const feature_map category =
                    g.in("cls_layers.conv5x5")(h, five, to(classes, activation::none), softmax{});
                return g.concat(object, box, category);
            });
        });
    }
};

}  // namespace detail

/// FastestDet (X. Ma 2022) on any backbone. In: B, G, R bytes / 255, of sizes that 32 divides. Out, for each
/// cell of a sixteenth of the size: the probability that an object is there, four raw terms of its box, and a
/// probability for each class, which sum to 1. `decode_fastestdet` makes objects of them.
template <int Classes = 80, shape Input = shape{.channels = 3, .height = 352, .width = 352},
          auto Backbone = shufflenet_v2_backbone{}>
using fastestdet = network<Input, detail::fastestdet_block<Backbone>{.classes = Classes}>;

}  // namespace plait::inline PLAIT_TARGET
