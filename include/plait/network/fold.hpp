// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "plait/core/in_quotes.hpp"
#include "plait/core/result.hpp"
#include "plait/graph/affine.hpp"

namespace plait::inline PLAIT_TARGET {

/// One layer's weights with batch norm folded in: [output][input][kernel row][kernel column], and a bias for
/// each output.
struct folded_layer {
    detail::unshared<std::vector<float>> weights;
    detail::unshared<std::vector<float>> bias;
};

/// A batch norm's tensors, a value for each output; weight and bias are empty where it does not scale.
struct norm_values {
    detail::unshared<std::vector<float>> weight, bias, mean, variance;
};

namespace detail {

/// False where no finite float is near.
inline bool put_float(double value, float& to) {
    if (!(std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max()))) return false;
    to = static_cast<float>(value);
    return true;
}

}  // namespace detail

/// Folds y = (x - mean) / sqrt(variance + epsilon) * weight + bias into the layer that makes x, in double
/// precision. `norm` is what a sentence calls it.
[[gnu::cold]] inline result<void> fold_norm(const norm_values& values, double epsilon, std::string_view norm,
                                            folded_layer& layer) {
    const std::size_t outputs = layer.bias.size();
    const std::size_t fan_in = layer.weights.size() / outputs;
    for (std::size_t c = 0; c < outputs; ++c) {
        if (values.variance[c] < 0)
            return failure{detail::text("tensor ")
                           << detail::in_quotes(detail::text(norm) << ".running_var") << " is negative at "
                           << c << " where a variance was expected"};
        const double weight = values.weight.empty() ? 1.0 : static_cast<double>(values.weight[c]);
        const double offset = values.bias.empty() ? 0.0 : static_cast<double>(values.bias[c]);
        const double scale = weight / std::sqrt(static_cast<double>(values.variance[c]) + epsilon);
        bool fits = detail::put_float(
            offset + (static_cast<double>(layer.bias[c]) - static_cast<double>(values.mean[c])) * scale,
            layer.bias[c]);
        for (std::size_t k = c * fan_in; k < (c + 1) * fan_in; ++k)
            fits = detail::put_float(static_cast<double>(layer.weights[k]) * scale, layer.weights[k]) && fits;
        if (!fits)
            return failure{detail::text("batch norm ")
                           << detail::in_quotes(norm) << " makes weights at " << c
                           << " that are larger than a float where numbers were expected"};
    }
    return {};
}

}  // namespace plait::inline PLAIT_TARGET
