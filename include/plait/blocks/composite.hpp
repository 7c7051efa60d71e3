// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

// Blocks made of blocks. They check nothing themselves: what they hold does.

namespace plait::inline PLAIT_TARGET {

/// The type of `chain`.
template <auto... Blocks>
struct chain_block {
    static constexpr bool composite = true;
    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g(x, Blocks...); }
};

/// The type of `repeat`.
template <int Times, auto... Blocks>
struct repeat_block {
    static constexpr bool composite = true;
    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map in) const {
        feature_map x = in;
        for (int i = 0; i < Times; ++i) x = g(x, Blocks...);
        return x;
    }
};

/// The type of `parallel`.
template <auto... Branches>
struct parallel_block {
    static constexpr bool composite = true;
    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map branches[]{g.apply(Branches, x)...};  // braces: from left to right
        return g.concat(branches);
    }
};

/// The type of `residual`.
template <activation Activation, auto... Blocks>
struct residual_block {
    static constexpr bool composite = true;
    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.add(x, g(x, Blocks...), Activation);
    }
};

/// The type of `also_output`.
struct output_block {
    static constexpr bool composite = true;
    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.output(x); }
};

/// The blocks one after another, as one block.
template <auto... Blocks>
inline constexpr chain_block<Blocks...> chain{};

/// A run of equal units: `repeat<7, aug_shuffle{.split = {3, 8}}>`.
template <int Times, auto... Blocks>
inline constexpr repeat_block<Times, Blocks...> repeat{};

/// Branches side by side on one input, concatenated. An empty `chain<>` passes the input on.
template <auto... Branches>
inline constexpr parallel_block<Branches...> parallel{};

/// activation(x + blocks(x)).
template <activation Activation, auto... Blocks>
inline constexpr residual_block<Activation, Blocks...> residual{};

/// Makes what has been reached a further output of the network, and goes on.
inline constexpr output_block also_output{};

}  // namespace plait::inline PLAIT_TARGET
