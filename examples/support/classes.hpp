// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "plait/core/finite.hpp"
#include "plait/tensor/map_view.hpp"

namespace examples {

inline bool all_finite(std::span<const float> logits) {
    return std::ranges::all_of(logits, [](float logit) { return plait::is_finite(logit); });
}

/// The same of an output where it lies.
template <plait::shape Shape>
bool all_finite(const plait::map_reader<Shape>& output) {
    for (int i = 0; i < output.size(); ++i) {
        if (!plait::is_finite(output[i])) return false;
    }
    return true;
}

/// Logits as probabilities, which sum to 1.
inline std::vector<double> softmax(std::span<const float> logits) {
    const double largest = *std::ranges::max_element(logits);
    std::vector<double> probabilities;
    for (const float logit : logits) probabilities.push_back(std::exp(double{logit} - largest));
    const double sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
    for (double& probability : probabilities) probability /= sum;
    return probabilities;
}

/// The classes of the `count` largest logits, the likeliest first; of equal logits the lower class.
inline std::vector<int> top_classes(std::span<const float> logits, int count) {
    std::vector<int> classes(logits.size());
    std::iota(classes.begin(), classes.end(), 0);
    const auto likelier = [logits](int a, int b) {
        const float logit_a = logits[static_cast<std::size_t>(a)];
        const float logit_b = logits[static_cast<std::size_t>(b)];
        return logit_a > logit_b || (logit_a == logit_b && a < b);
    };
    const std::size_t kept = std::min(static_cast<std::size_t>(count), classes.size());
    std::partial_sort(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(kept), classes.end(),
                      likelier);
    classes.resize(kept);
    return classes;
}

}  // namespace examples
