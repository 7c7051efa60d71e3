// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/real.hpp"

namespace plait::inline PLAIT_TARGET {

/// What is applied to the sums of a layer, before the activation: a bias, a batch norm, both in this order,
/// or nothing. `affine::batch_norm` is the default; `{.epsilon = 1e-3}` is a batch norm of another epsilon.
struct affine {
    bool adds_bias = false;
    bool normalises = true;
    real
        epsilon{};  ///< of the norm; 0 for the network's, which is 1e-5 unless `norm_defaults` says otherwise
    real momentum{};     ///< of its running statistics, in training; 0 for the network's, which is 0.1
    bool scales = true;  ///< whether the norm has a weight and a bias of its own (PyTorch's `affine`)

    static const affine batch_norm;
    static const affine bias;
    static const affine bias_and_batch_norm;
    static const affine none;

    friend constexpr bool operator==(const affine&, const affine&) = default;
};

inline constexpr affine affine::batch_norm{};
inline constexpr affine affine::bias{.adds_bias = true, .normalises = false};
inline constexpr affine affine::bias_and_batch_norm{.adds_bias = true};
inline constexpr affine affine::none{.normalises = false};

/// A batch norm: y = (x - mean) / sqrt(variance + epsilon) * weight + bias. PyTorch's defaults.
struct batch_norm_options {
    double epsilon = 1e-5;
    double momentum = 0.1;
    bool scales = true;  ///< whether it has weight and bias

    friend constexpr bool operator==(const batch_norm_options&, const batch_norm_options&) = default;
};

}  // namespace plait::inline PLAIT_TARGET
