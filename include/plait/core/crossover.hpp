// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// The public versions of the AugShuffle unit (arXiv 2203.06589) differ only in where channels stand:
/// the PyTorch port of the paper's figure, the author's article, and the author's code AugShuffleNet-Plus.
enum class order : unsigned char { port, article, plus };

/// The first and the second half of the channels of a map.
template <class Map>
struct halves {
    Map first;
    Map second;
};

/// What crossover makes of two maps, in halves of the channels of both.
template <class Map>
struct crossed {
    Map mixed;   ///< what the second pointwise convolution of the unit reads
    Map passed;  ///< what goes straight to the unit's output
};

/// Channel crossover: halves of the transform and of the feature bank trade places, so that the next
/// convolution reads one half of each. `join(a, b)` concatenates; the maps may be of any kind.
template <class Transform, class Bank, class Join>
constexpr auto cross(order variant, halves<Transform> t, halves<Bank> b, Join join)
    -> crossed<decltype(join(t.first, b.first))> {
    switch (variant) {
        case order::port: return {join(b.second, t.second), join(t.first, b.first)};
        case order::article: return {join(t.second, b.first), join(b.second, t.first)};
        case order::plus: break;
    }
    return {join(t.second, b.second), join(t.first, b.first)};
}

}  // namespace plait::inline PLAIT_TARGET
