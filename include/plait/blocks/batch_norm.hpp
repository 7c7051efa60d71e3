// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Batch norm by itself: of what a convolution without one has made, before an activation or after one, of a
/// concatenation.
struct batch_norm {
    static constexpr bool layer = true;
    real epsilon{};   ///< 0 for the network's, which is 1e-5 unless `norms` says otherwise
    real momentum{};  ///< 0 for the network's, which is 0.1
    bool scales = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.batch_norm(x, {.epsilon = epsilon, .momentum = momentum, .scales = scales});
    }
};

/// What the batch norms that follow in the network are, unless they say it themselves: `norms{.epsilon =
/// 1e-3}`.
struct norms {
    static constexpr bool composite = true;
    real epsilon = 1e-5;
    real momentum = 0.1;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        g.set_norm_defaults({.epsilon = epsilon, .momentum = momentum});
        return x;
    }
};

}  // namespace plait::inline PLAIT_TARGET
