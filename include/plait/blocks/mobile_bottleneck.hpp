// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/squeeze_excitation.hpp"
#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// MobileNetV3's bottleneck (Howard et al., arXiv 1905.02244, figure 4) and EfficientNet's MBConv: an
/// inverted residual whose depthwise convolution squeeze-and-excitation may follow. Each of its parts is a
/// number of one `nn.Sequential` called "block", as torchvision names them.
struct mobile_bottleneck {
    static constexpr sentence expanded_must_be_positive{"the expanded channels must be positive"};
    static constexpr sentence squeezed_must_not_be_negative{"the squeezed channels must not be negative"};

    int out;
    int expanded;  ///< channels of the depthwise convolution; the input's for no convolution before it
    int kernel = 3;
    int stride = 1;
    int squeezed = 0;  ///< channels of squeeze-and-excitation; 0 for none
    plait::activation activation = plait::activation::relu;
    plait::activation squeeze_activation = plait::activation::relu;
    plait::activation gate = plait::activation::hard_sigmoid();

    /// What tables call it.
    constexpr const char* word(shape s) const {
        return stride == 1 && s.channels == out ? "residual unit" : "bottleneck";
    }
    constexpr refusal check(shape) const {
        if (out < 1) return refusals::output_channels_must_be_positive;
        if (expanded < 1) return expanded_must_be_positive;
        if (squeezed < 0) return squeezed_must_not_be_negative;
        return {};
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map made = g.in("block")([&] {
            feature_map y = x;
            if (expanded != x.count)
                y = g.in_next()([&] { return g.conv(y, {.out = expanded, .act = activation}); });
            y = g.in_next()(
                [&] { return g.depthwise(y, {.kernel = kernel, .stride = stride, .act = activation}); });
            if (squeezed > 0)
                y = g(y, squeeze_excitation{
                             .squeezed = squeezed, .activation = squeeze_activation, .gate = gate});
            return g.in_next()([&] { return g.conv(y, {.out = out}); });
        });
        return stride == 1 && x.count == out ? g.add(x, made, plait::activation::none) : made;
    }
};

}  // namespace plait::inline PLAIT_TARGET
