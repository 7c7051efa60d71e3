// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "plait/core/random.hpp"
#include "plait/train/initialisation.hpp"
#include "plait/train/training_network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// A number of the normal distribution (Box and Muller 1958).
inline double normal_number(random_numbers& random) {
    constexpr double two_pi = 6.28318530717958647692;
    const double distance = std::sqrt(-2 * std::log(1 - random.uniform()));
    return distance * std::cos(two_pi * random.uniform());
}

/// Fills a weight of a layer whose outputs have so many inputs, and whose inputs so many outputs.
inline void fill(const initialisation::rule& how, double fan_in, double fan_out, random_numbers& random,
                 std::span<float> values) {
    const double fan = how.per == initialisation::fan::in    ? fan_in
                       : how.per == initialisation::fan::out ? fan_out
                                                             : 1;
    const double deviation = std::sqrt(double{how.variance} / fan);
    const double most = std::sqrt(3.0) * deviation;
    for (float& value : values)
        value = static_cast<float>(how.is_normal ? deviation * normal_number(random)
                                                 : random.uniform(-most, most));
}

}  // namespace detail

/// Fills all parameters: weights and biases as `how` says, norms the identity, slopes 0.25, what multiplies
/// channels 1. PyTorch's distributions, not its numbers.
inline void initialise(const training_network& network, const parameter_places& places,
                       const initialisation& how, random_numbers& random, std::span<float> parameters) {
    for (std::size_t i = 0; i < network.tensors.rows.size(); ++i) {
        const parameter& row = network.tensors.rows[i];
        const op& o = network.tensors.written[static_cast<std::size_t>(row.call)];
        const std::span<float> values = parameters.subspan(static_cast<std::size_t>(places.begin(i)),
                                                           static_cast<std::size_t>(row.elements()));
        if (o.has_weights()) {
            const initialisation::layer& layer =
                o.kind == op_kind::linear ? how.linear_layers : how.convolutions;
            // PyTorch takes them of a weight's first two dimensions, whatever they are to the layer.
            const int of_first = o.kind == op_kind::conv_transpose ? o.in.count : o.out.count;
            const int of_second =
                o.kind == op_kind::conv_transpose ? o.out.count : o.fan_in() / o.window.taps();
            const double fan_in = static_cast<double>(of_second) * o.window.taps();
            const double fan_out = static_cast<double>(of_first) * o.window.taps();
            if (row.role == tensor_role::weight)
                detail::fill(layer.weights, fan_in, fan_out, random, values);
            else if (!layer.zero_biases)
                detail::fill(initialisation::rule{}, fan_in, fan_out, random, values);
            else
                for (float& value : values) value = 0;
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
