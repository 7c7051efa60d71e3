// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "plait/core/channel_code.hpp"
#include "plait/train/training_network.hpp"

namespace plait::inline PLAIT_TARGET {

/// What training rounds as int8 does: maps where they are read, weights where they are multiplied. Gradients
/// pass as if nothing had been rounded, but for values that saturate, which have none.
struct rounding {
    /// The weights of a written call.
    struct layer {
        int call = op::none;
        std::vector<float> input_scale;  ///< of each input, what its bytes are multiplied with
    };

    /// Of every channel of the written calls, as `training_network::stored` numbers them; of a scale of 0 it
    /// is not rounded.
    std::vector<channel_code> maps;
    std::vector<layer> layers;
};

/// Weights of one call as int8 has them, [output][input][kernel row][kernel column]: each output's in 255
/// steps of a scale of its own, after they are multiplied with their inputs' scales.
inline void round_weights(const op& o, std::span<const float> input_scale, const float* weights, float* to) {
    const bool is_alone = o.kind == op_kind::depthwise;
    const int fan_in = o.fan_in();
    const int taps = o.kind == op_kind::linear ? o.in.size.pixels() : o.window.taps();
    for (int output = 0; output < o.out.count; ++output, weights += fan_in, to += fan_in) {
        const int first = is_alone ? output : output / o.group_outputs() * o.group_inputs();
        const auto scale_of = [&](int k) { return input_scale[static_cast<std::size_t>(first + k / taps)]; };
        float most = 0;
        for (int k = 0; k < fan_in; ++k) most = std::max(most, std::abs(weights[k] * scale_of(k)));
        const float scale = most > 0 ? most / 127 : 1;
        for (int k = 0; k < fan_in; ++k)
            to[k] = std::nearbyint(weights[k] * scale_of(k) / scale) * scale / scale_of(k);
    }
}

}  // namespace plait::inline PLAIT_TARGET
