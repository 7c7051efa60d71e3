// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>

#include "plait/core/real.hpp"
#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// How parameters follow their gradients, as PyTorch's SGD, Adam and AdamW do.
struct optimiser {
    enum class rule : unsigned char { sgd, adam };

    rule by = rule::sgd;
    real momentum = 0.9;  ///< of Adam its first beta
    bool nesterov = true;
    real weight_decay = 1e-4;
    bool decoupled_decay = false;  ///< AdamW's: by the rate, not by the gradient
    real second_momentum = 0.999;  ///< Adam's second beta
    real epsilon = 1e-8;

    /// The recipe of the CIFAR networks: Nesterov's momentum of 0.9, weight decay of 1e-4.
    static constexpr optimiser sgd() { return {}; }
    /// PyTorch's Adam.
    static constexpr optimiser adam() { return {.by = rule::adam, .weight_decay = 0.0}; }
    /// PyTorch's AdamW.
    static constexpr optimiser adam_w() {
        return {.by = rule::adam, .weight_decay = 1e-2, .decoupled_decay = true};
    }

    /// Values that it keeps of each parameter.
    constexpr int kept() const { return by == rule::adam ? 2 : 1; }

    friend constexpr bool operator==(const optimiser&, const optimiser&) = default;
};

/// Some of all parameters.
struct parameter_slice {
    long long all = 0;
    long long begin = 0;
    long long end = 0;
};

/// One step of a slice of parameters. `kept` are what earlier steps have left, zeros before the first, which
/// is number 1; the second half of them is Adam's.
inline void update(const optimiser& how, double rate, long long step, parameter_slice slice,
                   const float* gradients, float* parameters, float* kept) {
    const auto by = static_cast<float>(rate);
    const auto decay = static_cast<float>(static_cast<double>(how.weight_decay));
    const auto momentum = static_cast<float>(static_cast<double>(how.momentum));
    if (how.by == optimiser::rule::sgd) {
        const float lookahead = how.nesterov ? momentum : 0.0F;
        const float own = how.nesterov ? 1.0F : 0.0F;
        for (long long i = slice.begin; i < slice.end; ++i) {
            const float gradient = gradients[i] + decay * parameters[i];
            const float velocity = kept[i] = momentum * kept[i] + gradient;
            const float along = own * gradient + (how.nesterov ? lookahead * velocity : velocity);
            parameters[i] -= by * along;
        }
        return;
    }
    const double first = how.momentum;
    const double second = how.second_momentum;
    const auto other = static_cast<float>(second);
    const double first_share = 1 - std::pow(first, static_cast<double>(step));
    const double second_share = std::sqrt(1 - std::pow(second, static_cast<double>(step)));
    const auto size = static_cast<float>(rate / first_share);
    const auto spread = static_cast<float>(1 / second_share);
    const auto epsilon = static_cast<float>(static_cast<double>(how.epsilon));
    const float shrink = how.decoupled_decay ? 1 - by * decay : 1.0F;
    const float pull = how.decoupled_decay ? 0.0F : decay;
    float* const squares = kept + slice.all;
    for (long long i = slice.begin; i < slice.end; ++i) {
        const float gradient = gradients[i] + pull * parameters[i];
        kept[i] += (1 - momentum) * (gradient - kept[i]);
        squares[i] = other * squares[i] + (1 - other) * gradient * gradient;
        parameters[i] = shrink * parameters[i] - size * kept[i] / (std::sqrt(squares[i]) * spread + epsilon);
    }
}

}  // namespace plait::inline PLAIT_TARGET
