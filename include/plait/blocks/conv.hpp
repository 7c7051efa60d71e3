// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Convolution, batch norm or bias, activation: `conv{.out = 24, .kernel = 3}`. Where it does
/// not say, it is padded so that a stride of 1 keeps the size: PyTorch's default is `.padding = 0`. Its
/// layers are numbered in a scope of its own, or have the names that are given.
struct conv {
    static constexpr sentence the_norm_must_be_named_too{
        "where a convolution has a name, its batch norm has one too"};
    static constexpr sentence a_norm_that_is_not_there_has_no_name{
        "only a batch norm that is there, of a convolution with a name, has a name"};

    int out;
    per_axis kernel = 1;
    per_axis stride = 1;
    plait::padding padding = padding::centred;
    per_axis dilation = 1;
    int groups = 1;
    affine after = affine::batch_norm;
    plait::activation activation = plait::activation::relu;
    plait::name name{};
    plait::name norm_name{};

    /// Whether its layers have names that were given, and no numbers in a scope of its own.
    constexpr bool names_its_layers() const { return !name.empty(); }
    constexpr refusal check(shape) const {
        if (out < 1) return refusals::output_channels_must_be_positive;
        if (!name.empty() && after.normalises && norm_name.empty()) return the_norm_must_be_named_too;
        if (!norm_name.empty() && (name.empty() || !after.normalises))
            return a_norm_that_is_not_there_has_no_name;
        return {};
    }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.conv(x, {.out = out,
                          .kernel = kernel,
                          .stride = stride,
                          .padding = padding,
                          .dilation = dilation,
                          .groups = groups,
                          .after = after,
                          .act = activation,
                          .name = name.view(),
                          .norm_name = norm_name.view()});
    }
};

}  // namespace plait::inline PLAIT_TARGET
