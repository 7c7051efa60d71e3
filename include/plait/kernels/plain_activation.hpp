// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>

#include "plait/core/activation.hpp"

namespace plait::inline PLAIT_TARGET {

/// The activation of x, in plain arithmetic.
inline double plain_activation(activation act, double x) {
    constexpr double root_of_half = 0.70710678118654752440;
    constexpr double root_of_two_by_pi = 0.79788456080286535588;
    const double first = act.first;
    const double second = act.second;
    const auto at_most = [](double most, double value) { return value > most ? most : value; };
    const auto at_least = [](double least, double value) { return value < least ? least : value; };
    switch (act.kind) {
        case activation_kind::none: break;
        case activation_kind::relu: return at_least(0, x);
        case activation_kind::clip: return at_most(second, at_least(first, x));
        case activation_kind::leaky_relu: return x < 0 ? x * first : x;
        case activation_kind::elu: return x < 0 ? std::expm1(x) * first : x;
        case activation_kind::sigmoid: return 1 / (1 + std::exp(-x));
        case activation_kind::tanh: return std::tanh(x);
        case activation_kind::hard_sigmoid: return at_most(1, at_least(0, x * first + second));
        case activation_kind::hard_swish: return x * at_most(6, at_least(0, x + 3)) / 6;
        case activation_kind::silu: return x / (1 + std::exp(-x));
        case activation_kind::gelu: return x * std::erfc(-x * root_of_half) / 2;
        case activation_kind::gelu_tanh:
            return x * (1 + std::tanh(root_of_two_by_pi * (x + 0.044715 * x * x * x))) / 2;
    }
    return x;
}

/// Its derivative at x, where it has a kink the one that PyTorch takes.
inline double plain_derivative(activation act, double x) {
    constexpr double root_of_half = 0.70710678118654752440;
    constexpr double root_of_two_by_pi = 0.79788456080286535588;
    const double first = act.first;
    const double second = act.second;
    switch (act.kind) {
        case activation_kind::none: break;
        case activation_kind::relu: return x > 0 ? 1 : 0;
        case activation_kind::clip: return x > first && x < second ? 1 : 0;
        case activation_kind::leaky_relu: return x > 0 ? 1 : first;
        case activation_kind::elu: return x > 0 ? 1 : std::exp(x) * first;
        case activation_kind::sigmoid: {
            const double y = 1 / (1 + std::exp(-x));
            return y * (1 - y);
        }
        case activation_kind::tanh: {
            const double y = std::tanh(x);
            return 1 - y * y;
        }
        case activation_kind::hard_sigmoid: {
            const double y = x * first + second;
            return y > 0 && y < 1 ? first : 0;
        }
        case activation_kind::hard_swish: return x < -3 ? 0 : x <= 3 ? x / 3 + 0.5 : 1;
        case activation_kind::silu: {
            const double y = 1 / (1 + std::exp(-x));
            return y * (1 + x * (1 - y));
        }
        case activation_kind::gelu: {
            const double density = std::exp(-x * x / 2) * root_of_half * root_of_two_by_pi * root_of_half;
            return std::erfc(-x * root_of_half) / 2 + x * density;
        }
        case activation_kind::gelu_tanh: {
            const double inner = root_of_two_by_pi * (x + 0.044715 * x * x * x);
            const double y = std::tanh(inner);
            return (1 + y) / 2 + x * (1 - y * y) / 2 * root_of_two_by_pi * (1 + 3 * 0.044715 * x * x);
        }
    }
    return 1;
}

}  // namespace plait::inline PLAIT_TARGET
