// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/models/backbone.hpp"
#include "plait/models/naming.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// A network that is not a chain is a block whose lowering is written out.
template <auto Backbone>
struct fastestdet_block {
    static constexpr bool composite = true;
    int classes = 80;

    constexpr fault check(shape) const { return fault::none; }

    constexpr feature_map lower(graph& g, feature_map picture) const {
        using enum activation;
        constexpr depthwise five{.kernel = 5};
        const auto to = [](int out, activation act) { return conv{.out = out, .activation = act}; };

        const auto [p1, p2, p3] = Backbone.lower(g, picture);
        g.in("");  // what joins the three sizes has no weights
        const feature_map joined = g.concat(g(p1, average_pool{}), p2, g(p3, upsample{}));

        const feature_map x = g.in("SPP.Conv1x1.conv1x1")(joined, to(96, relu));
        const feature_map s1 = g.in("SPP.S1")(x, five);
        const feature_map s2 = g.in("SPP.S2")(x, five, five);
        const feature_map s3 = g.in("SPP.S3")(x, five, five, five);
        const feature_map wide = g.in("SPP.output")(g.concat(s1, s2, s3), to(96, none));
        const feature_map y = g.add(x, wide, relu);

        const feature_map h = g.in("detect_head.conv1x1.conv1x1")(y, to(96, relu));
        const feature_map object = g.in("detect_head.obj_layers.conv5x5")(h, five, to(1, sigmoid));
        const feature_map box = g.in("detect_head.reg_layers.conv5x5")(h, five, to(4, none));
        const feature_map category =
            g.in("detect_head.cls_layers.conv5x5")(h, five, to(classes, none), softmax{});
        return g.concat(object, box, category);
    }
};

}  // namespace detail

/// FastestDet (X. Ma 2022) on any backbone. In: B, G, R bytes / 255, of sizes that 32 divides. Out, for each
/// cell of a sixteenth of the size: the probability that an object is there, four raw terms of its box, and a
/// probability for each class, which sum to 1. `decode_fastestdet` makes objects of them.
template <int Classes = 80, shape Input = shape{.channels = 3, .height = 352, .width = 352},
          auto Backbone = shufflenet_v2_backbone{}>
using fastestdet =
    named_network<fastestdet_names, Input, detail::fastestdet_block<Backbone>{.classes = Classes}>;

}  // namespace plait::inline PLAIT_TARGET
