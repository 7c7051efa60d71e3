// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/real.hpp"
#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// What parameters are before the first step. As it is made, PyTorch's default: weights and biases uniform
/// within 1 / sqrt(fan in).
struct initialisation {
    /// What a variance is divided by: the values that an output reads, those that an input is read by, or 1.
    enum class fan : unsigned char { in, out, none };

    /// A distribution about 0.
    struct rule {
        bool is_normal = false;  ///< else uniform
        fan per = fan::in;
        real variance = 1.0 / 3;

        friend constexpr bool operator==(const rule&, const rule&) = default;
    };
    /// Of one kind of layer.
    struct layer {
        rule weights{};
        bool zero_biases = false;

        friend constexpr bool operator==(const layer&, const layer&) = default;
    };

    layer convolutions{};
    layer linear_layers{};

    /// `kaiming_normal_` with `mode="fan_out"` of convolutions (He et al. 2015), biases 0; linear layers as
    /// by default.
    static constexpr initialisation kaiming_fan_out() {
        return {.convolutions = {.weights = {.is_normal = true, .per = fan::out, .variance = 2.0},
                                 .zero_biases = true}};
    }
    /// The same with linear layers normal with that deviation, their biases 0.
    static constexpr initialisation kaiming_fan_out(double linear_deviation) {
        initialisation made = kaiming_fan_out();
        made.linear_layers = {
            .weights = {.is_normal = true, .per = fan::none, .variance = linear_deviation * linear_deviation},
            .zero_biases = true};
        return made;
    }

    friend constexpr bool operator==(const initialisation&, const initialisation&) = default;
};

}  // namespace plait::inline PLAIT_TARGET
