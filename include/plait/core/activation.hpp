// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/real.hpp"
#include "plait/core/refusal.hpp"
#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// The functions that an activation can be.
enum class activation_kind : unsigned char {
    none,
    relu,          ///< max(x, 0)
    clip,          ///< min(max(x, first), second)
    leaky_relu,    ///< x, below 0 x * first
    elu,           ///< x, below 0 (exp(x) - 1) * first
    sigmoid,       ///< 1 / (1 + exp(-x))
    tanh,          ///< the hyperbolic tangent
    hard_sigmoid,  ///< x * first + second, clipped to 0 and 1
    hard_swish,    ///< x times hard sigmoid(x) of slope 1/6
    silu,          ///< x * sigmoid(x)
    gelu,          ///< x times the part of a normal distribution that lies below x
    gelu_tanh,     ///< the same by a tanh: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
};

/// What is applied to every value by itself. One without numbers is a constant, `activation::relu6`; one with
/// numbers a call with PyTorch's defaults, `activation::leaky_relu(0.1)`.
struct activation {
    activation_kind kind = activation_kind::none;
    real first{};  ///< what it is says the kind
    real second{};

    static const activation none;
    static const activation relu;
    static const activation relu6;
    static const activation sigmoid;
    static const activation tanh;
    static const activation hard_swish;
    static const activation silu;
    static const activation gelu;
    static const activation gelu_tanh;

    /// min(max(x, low), high): PyTorch's Hardtanh, unless it says otherwise.
    static constexpr activation clip(double low = -1, double high = 1) {
        return {activation_kind::clip, low, high};
    }
    /// x, below 0 x * slope.
    static constexpr activation leaky_relu(double slope = 0.01) {
        return {activation_kind::leaky_relu, slope, {}};
    }
    /// x, below 0 (exp(x) - 1) * alpha.
    static constexpr activation elu(double alpha = 1) { return {activation_kind::elu, alpha, {}}; }
    /// x * slope + offset, clipped to 0 and 1. PyTorch's slope is 1/6, that of Keras and ONNX 0.2.
    static constexpr activation hard_sigmoid(double slope = 1.0 / 6, double offset = 0.5) {
        return {activation_kind::hard_sigmoid, slope, offset};
    }

    /// Refuses numbers that no function has.
    constexpr refusal check() const {
        const auto is_finite_float = [](double number) {
            constexpr double largest_float = 0x1.fffffep127;
            return -largest_float <= number && number <= largest_float;
        };
        if (!is_finite_float(first) || !is_finite_float(second))
            return refusals::activation_must_be_of_finite_numbers;
        if (kind == activation_kind::clip && first > second) return refusals::clip_must_be_from_low_to_high;
        return {};
    }

    friend constexpr bool operator==(activation, activation) = default;
};

inline constexpr activation activation::none{};
inline constexpr activation activation::relu{activation_kind::relu, {}, {}};
inline constexpr activation activation::relu6 = activation::clip(0, 6);
inline constexpr activation activation::sigmoid{activation_kind::sigmoid, {}, {}};
inline constexpr activation activation::tanh{activation_kind::tanh, {}, {}};
inline constexpr activation activation::hard_swish{activation_kind::hard_swish, {}, {}};
inline constexpr activation activation::silu{activation_kind::silu, {}, {}};
inline constexpr activation activation::gelu{activation_kind::gelu, {}, {}};
inline constexpr activation activation::gelu_tanh{activation_kind::gelu_tanh, {}, {}};

/// In words, such as "hard swish".
constexpr const char* to_string(activation act) {
    switch (act.kind) {
        case activation_kind::none: return "no activation";
        case activation_kind::relu: return "ReLU";
        case activation_kind::clip: return act == activation::relu6 ? "ReLU6" : "clip";
        case activation_kind::leaky_relu: return "leaky ReLU";
        case activation_kind::elu: return "ELU";
        case activation_kind::sigmoid: return "sigmoid";
        case activation_kind::tanh: return "tanh";
        case activation_kind::hard_sigmoid: return "hard sigmoid";
        case activation_kind::hard_swish: return "hard swish";
        case activation_kind::silu: return "SiLU";
        case activation_kind::gelu: return "GELU";
        case activation_kind::gelu_tanh: return "GELU by tanh";
    }
    return "";
}

}  // namespace plait::inline PLAIT_TARGET
