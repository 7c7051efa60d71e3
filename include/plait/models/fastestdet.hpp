// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// A network that is not a chain is a block whose lowering is written out.
struct fastestdet_block {
    static constexpr bool composite = true;
    static constexpr shuffle_unit unit{.mix = mixing::before_pairs};

    int classes = 80;

    constexpr fault check(shape) const { return fault::none; }

    constexpr feature_map lower(graph& g, feature_map picture) const {
        constexpr depthwise five{.kernel = 5};
        const auto scores = [](int out) { return conv{.out = out, .activation = activation::none}; };
        const auto down = [](int out) { return shuffle_down{.out = out, .mix = mixing::none}; };

        const feature_map x =
            g.in("backbone.first_conv")(picture, conv{.out = 24, .kernel = 3, .stride = 2}, max_pool{});
        const feature_map p1 = g.in("backbone.stage2")(x, down(48), repeat<3, unit>);
        const feature_map p2 = g.in("backbone.stage3")(p1, down(96), repeat<7, unit>);
        const feature_map p3 = g.in("backbone.stage4")(p2, down(192), repeat<3, unit>);
        const feature_map p = g.concat(g(p1, average_pool{}), p2, g(p3, upsample{.factor = 2}));

        const feature_map y = g.in("SPP.Conv1x1.conv1x1")(p, conv{.out = 96});
        const feature_map s1 = g.in("SPP.S1")(y, five);
        const feature_map s2 = g.in("SPP.S2")(y, five, five);
        const feature_map s3 = g.in("SPP.S3")(y, five, five, five);
        const feature_map pyramid = g.in("SPP.output")(g.concat(s1, s2, s3), scores(96));
        const feature_map z = g.add(y, pyramid, activation::relu);

        const feature_map h = g.in("detect_head.conv1x1.conv1x1")(z, conv{.out = 96});
        const feature_map object = g.in("detect_head.obj_layers.conv5x5")(h, five, scores(1));
        const feature_map box = g.in("detect_head.reg_layers.conv5x5")(h, five, scores(4));
        const feature_map category = g.in("detect_head.cls_layers.conv5x5")(h, five, scores(classes));
        return g.concat(object, box, category);
    }
};

}  // namespace detail

/// FastestDet (X. Ma 2022): B, G, R bytes / 255 in; 1 + 4 + classes values for each cell of a sixteenth of
/// the size out: raw, before sigmoid and softmax.
template <int Classes = 80, shape Input = shape{.channels = 3, .height = 352, .width = 352}>
using fastestdet = network<Input, detail::fastestdet_block{.classes = Classes}>;

}  // namespace plait::inline PLAIT_TARGET
