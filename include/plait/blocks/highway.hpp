// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Highway unit (Srivastava et al., arXiv 1505.00387, equation 3): gate * transform(x) + (1 - gate) * x. The
/// transform is a convolution, the gate another with a sigmoid; both have biases and keep the shape.
struct highway {
    int kernel = 3;
    plait::activation activation = plait::activation::relu;  ///< of the transform

    /// What tables call it.
    constexpr const char* word(shape) const { return "highway unit"; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map transform = g.conv(x, {.out = x.count,
                                                 .kernel = kernel,
                                                 .after = affine::bias,
                                                 .act = activation,
                                                 .name = "transform"});
        const feature_map gate = g.conv(x, {.out = x.count,
                                            .kernel = kernel,
                                            .after = affine::bias,
                                            .act = plait::activation::sigmoid,
                                            .name = "gate"});
        constexpr plait::activation none = plait::activation::none;
        const feature_map change = g.multiply(gate, g.subtract(transform, x, none), none);
        return g.add(x, change, none);
    }
};

}  // namespace plait::inline PLAIT_TARGET
