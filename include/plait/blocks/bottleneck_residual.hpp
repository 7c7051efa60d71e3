// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// How published code names the layers of a residual bottleneck.
enum class bottleneck_names : unsigned char {
    numbers,  ///< ResNet's: "conv1" and "bn1", and "downsample.0" of the shortcut
    letters   ///< RegNet's: "f.a.0" and "f.a.1", and "proj.0" of the shortcut
};

/// ResNet's bottleneck (He et al., arXiv 1512.03385, figure 5): relu(x + conv 1x1(conv 3x3(conv 1x1(x))))
/// with the stride in the 3 x 3 convolution, as torchvision has it. Where size or width changes, a 1 x 1
/// convolution fits x to the sum. RegNet's (arXiv 2003.13678, figure 4) is the same of one width, in groups.
struct bottleneck_residual {
    static constexpr sentence width_must_be_positive{"the width of the bottleneck must be positive"};

    int out;
    int width;  ///< channels of the 3 x 3 convolution
    int stride = 1;
    int groups = 1;  ///< of the 3 x 3 convolution
    bottleneck_names names = bottleneck_names::numbers;

    /// What tables call it.
    constexpr const char* word(shape) const { return "bottleneck unit"; }
    constexpr refusal check(shape) const {
        if (out < 1) return refusals::output_channels_must_be_positive;
        if (width < 1) return width_must_be_positive;
        return {};
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        constexpr activation relu = activation::relu;
        const feature_map a = layer(g, 0, x, {.out = width, .act = relu});
        const feature_map b =
            layer(g, 1, a, {.out = width, .kernel = 3, .stride = stride, .groups = groups, .act = relu});
        const feature_map c = layer(g, 2, b, {.out = out});
        const feature_map shortcut = stride == 1 && x.count == out ? x : g.in(of_shortcut())([&] {
            return g.conv(x, {.out = out, .stride = stride});
        });
        return g.add(shortcut, c, relu);
    }

private:
    constexpr std::string_view of_shortcut() const {
        return names == bottleneck_names::numbers ? "downsample" : "proj";
    }

    constexpr feature_map layer(graph& g, int number, feature_map x, convolution c) const {
        constexpr std::string_view convolutions[]{"conv1", "conv2", "conv3"};
        constexpr std::string_view norms[]{"bn1", "bn2", "bn3"};
        constexpr std::string_view letters[]{"f.a", "f.b", "f.c"};
        if (names == bottleneck_names::letters) return g.in(letters[number])([&] { return g.conv(x, c); });
        c.name = convolutions[number];
        c.norm_name = norms[number];
        return g.conv(x, c);
    }
};

}  // namespace plait::inline PLAIT_TARGET
