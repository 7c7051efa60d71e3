// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/name.hpp"
#include "plait/core/real.hpp"
#include "plait/train/initialisation.hpp"
#include "plait/train/optimiser.hpp"

namespace plait::inline PLAIT_TARGET {

/// What lies between forward and backward, and gradients of it: floats, or halves (IEEE 754 binary16), which
/// take half the memory. Parameters and sums are floats and doubles either way.
enum class storage : unsigned char { f32, f16 };

/// How a network is trained.
struct training {
    int batch = 128;  ///< pictures of a step at most
    int threads = 1;  ///< that work on a step unless the trainer says, the caller's among them
    plait::optimiser optimiser{};
    plait::initialisation initialisation{};
    real label_smoothing = 0.0;
    plait::storage storage = plait::storage::f32;
    /// The layer, or all of whose names begin so and a dot, from which on the network is trained. What comes
    /// before it is as when the network runs: norms too.
    name trains_from{};
    bool freezes_norms = false;  ///< whether norms keep the statistics that they have
    real average = 0.0;          ///< of parameters over steps: how much of it stays at each; 0 for none
    bool clips = true;           ///< else ReLUs and clips pass everything, for checks of gradients
    bool drops = true;           ///< else dropout does nothing, for checks of gradients

    /// Whether there is an average.
    constexpr bool averages() const { return !(average == real{0.0}); }

    friend constexpr bool operator==(const training&, const training&) = default;
};

}  // namespace plait::inline PLAIT_TARGET
