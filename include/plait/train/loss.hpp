// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include "plait/kernels/matrix_product.hpp"

namespace plait::inline PLAIT_TARGET {

/// Mean cross-entropy of softmax over `logits`, which has a row for each class and a value for each picture.
/// A part `smoothing` of each label is spread over all classes. `gradient` becomes that of the logits.
inline double cross_entropy(pixel_rows<const float> logits, int classes, std::span<const int> labels,
                            double smoothing, pixel_rows<float> gradient) {
    const int pictures = static_cast<int>(labels.size());
    double total = 0;
    for (int n = 0; n < pictures; ++n) {
        double most = double{logits.row(0)[n]};
        for (int k = 1; k < classes; ++k) most = std::max(most, double{logits.row(k)[n]});
        double sum = 0;
        for (int k = 0; k < classes; ++k) sum += std::exp(double{logits.row(k)[n]} - most);
        const double of_all = most + std::log(sum);
        for (int k = 0; k < classes; ++k) {
            const double target =
                smoothing / classes + (k == labels[static_cast<std::size_t>(n)] ? 1 - smoothing : 0.0);
            const double logit = double{logits.row(k)[n]};
            total += target * (of_all - logit);
            gradient.row(k)[n] = static_cast<float>((std::exp(logit - of_all) - target) / pictures);
        }
    }
    return total / pictures;
}

}  // namespace plait::inline PLAIT_TARGET
