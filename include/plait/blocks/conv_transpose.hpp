// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/conv.hpp"

namespace plait::inline PLAIT_TARGET {

/// Transposed convolution, batch norm or bias, activation: PyTorch's ConvTranspose2d, which with a kernel and
/// a stride of 2 doubles height and width. `padding` is cut off on all sides, `output_padding` added below
/// and right. Its layers are named as those of `conv`.
struct conv_transpose {
    int out;
    per_axis kernel = 2;
    per_axis stride = 2;
    per_axis padding = 0;
    per_axis output_padding = 0;
    affine after = affine::batch_norm;
    plait::activation activation = plait::activation::relu;
    plait::name name{};
    plait::name norm_name{};

    /// Whether its layers have names that were given, and no numbers in a scope of its own.
    constexpr bool names_its_layers() const { return !name.empty(); }
    constexpr refusal check(shape s) const {
        return conv{.out = out, .after = after, .name = name, .norm_name = norm_name}.check(s);
    }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.conv_transpose(x, {.out = out,
                                    .kernel = kernel,
                                    .stride = stride,
                                    .padding = padding,
                                    .output_padding = output_padding,
                                    .after = after,
                                    .act = activation,
                                    .name = name.view(),
                                    .norm_name = norm_name.view()});
    }
};

}  // namespace plait::inline PLAIT_TARGET
