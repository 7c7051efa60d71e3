// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <span>

#include "plait/core/random.hpp"
#include "plait/train/training_network.hpp"

namespace plait::inline PLAIT_TARGET {

/// PyTorch's default: weights and biases uniform within 1 / sqrt(fan in), norms the identity, slopes 0.25,
/// what multiplies channels 1. The same distributions, not the same numbers.
inline void initialise(const training_network& network, const parameter_places& places,
                       random_numbers& random, std::span<float> parameters) {
    for (std::size_t i = 0; i < network.tensors.rows.size(); ++i) {
        const parameter& row = network.tensors.rows[i];
        const op& o = network.tensors.written[static_cast<std::size_t>(row.call)];
        const std::span<float> values = parameters.subspan(static_cast<std::size_t>(places.begin(i)),
                                                           static_cast<std::size_t>(row.elements()));
        if (o.has_weights()) {
            const int fan_in = o.kind == op_kind::conv_transpose ? o.out.count * o.window.taps() : o.fan_in();
            const double most = 1 / std::sqrt(static_cast<double>(fan_in));
            for (float& value : values) value = static_cast<float>(random.uniform(-most, most));
            continue;
        }
        float all = 0;
        if (o.kind == op_kind::prelu) all = 0.25F;
        if (row.role == tensor_role::running_variance ||
            (o.kind == op_kind::batch_norm && row.role == tensor_role::weight))
            all = 1;
        if (row.role == tensor_role::values && (o.binary.operation == binary_operation::multiply ||
                                                o.binary.operation == binary_operation::divide))
            all = 1;
        for (float& value : values) value = all;
    }
}

}  // namespace plait::inline PLAIT_TARGET
