// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

// Modules of an `nn.Sequential` that do nothing when a network runs: they take their number, so that what
// follows has the number that it has in PyTorch.

/// Dropout: something in training alone.
struct dropout {
    static constexpr bool layer = true;
    real probability = 0.5;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.dropout(x, probability); }
};

/// Drops a whole branch by chance, for a picture at a time, in training alone (Huang et al. 2016): the last
/// block of a `residual`. torchvision's StochasticDepth of mode "row".
struct stochastic_depth {
    real probability = 0.2;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.stochastic_depth(x, probability); }
};

/// PyTorch's Flatten: nothing moves, and a linear layer reads all values of the map in a row.
struct flatten {
    static constexpr bool layer = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.flatten(x); }
};

/// PyTorch's Identity, or anything else that is not here.
struct identity {
    static constexpr bool layer = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        g.skip_number();
        return x;
    }
};

}  // namespace plait::inline PLAIT_TARGET
