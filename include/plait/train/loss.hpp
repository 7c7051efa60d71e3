// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "plait/kernels/matrix_product.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// The logarithm of the sum of exp(logit / temperature) over a picture's classes.
inline double log_of_powers(channel_rows<const float> logits, int classes, int picture, double temperature) {
    auto most = static_cast<double>(logits.row(0)[picture]);
    for (int k = 1; k < classes; ++k) most = std::max(most, static_cast<double>(logits.row(k)[picture]));
    double sum = 0;
    for (int k = 0; k < classes; ++k)
        sum += std::exp((static_cast<double>(logits.row(k)[picture]) - most) / temperature);
    return most / temperature + std::log(sum);
}

}  // namespace detail

/// Mean cross-entropy of softmax over `logits`, which has a row for each class and a value for each picture:
/// the sum over them divided by `pictures`. A part `smoothing` of each label is spread over all classes.
/// `gradient` becomes that of the logits.
inline double cross_entropy(channel_rows<const float> logits, int classes, std::span<const int> labels,
                            double smoothing, channel_rows<float> gradient, double pictures) {
    double total = 0;
    for (int n = 0; n < static_cast<int>(labels.size()); ++n) {
        const double of_all = detail::log_of_powers(logits, classes, n, 1);
        for (int k = 0; k < classes; ++k) {
            const double target =
                smoothing / classes + (k == labels[static_cast<std::size_t>(n)] ? 1 - smoothing : 0.0);
            const auto logit = static_cast<double>(logits.row(k)[n]);
            total += target * (of_all - logit);
            gradient.row(k)[n] = static_cast<float>((std::exp(logit - of_all) - target) / pictures);
        }
    }
    return total / pictures;
}

/// Mean of (value - target)^2 over all values of a row for each channel, as many as `pixels`, of which
/// `pictures` times `channels` and a picture's pixels are all. `gradient` becomes that of the values.
inline double squared_error(channel_rows<const float> values, channel_rows<const float> targets, int channels,
                            int pixels, channel_rows<float> gradient, double all_pixels) {
    const double all = channels * all_pixels;
    double total = 0;
    for (int c = 0; c < channels; ++c) {
        for (int p = 0; p < pixels; ++p) {
            const double off = static_cast<double>(values.row(c)[p]) - static_cast<double>(targets.row(c)[p]);
            total += off * off;
            gradient.row(c)[p] = static_cast<float>(2 * off / all);
        }
    }
    return total / all;
}

/// How a network learns from what another says (Hinton et al. 2015).
struct distillation {
    double temperature = 4;  ///< by which the logits of both are divided
    double share = 0.9;      ///< of the other's softmax in the loss; the rest is the labels'
};

/// `share` times the mean cross-entropy between both softmaxes, less what the teacher's own is, times the
/// temperature squared; and the labels' cross-entropy. As `cross_entropy`, which has the rest.
inline double distilled_cross_entropy(const distillation& how, channel_rows<const float> logits,
                                      channel_rows<const float> teacher, int classes,
                                      std::span<const int> labels, double smoothing,
                                      channel_rows<float> gradient, double pictures) {
    double total = (1 - how.share) * cross_entropy(logits, classes, labels, smoothing, gradient, pictures);
    const double t = how.temperature;
    for (int n = 0; n < static_cast<int>(labels.size()); ++n) {
        const double own = detail::log_of_powers(logits, classes, n, t);
        const double others = detail::log_of_powers(teacher, classes, n, t);
        for (int k = 0; k < classes; ++k) {
            const double log_own = static_cast<double>(logits.row(k)[n]) / t - own;
            const double log_other = static_cast<double>(teacher.row(k)[n]) / t - others;
            const double other = std::exp(log_other);
            total += how.share * t * t * other * (log_other - log_own) / pictures;
            float& to = gradient.row(k)[n];
            to = static_cast<float>((1 - how.share) * static_cast<double>(to) +
                                    how.share * t * (std::exp(log_own) - other) / pictures);
        }
    }
    return total;
}

}  // namespace plait::inline PLAIT_TARGET
