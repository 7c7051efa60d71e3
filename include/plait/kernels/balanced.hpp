// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// `count` things in the fewest blocks of at most `most`, as even as can be: blocks of `size`, then, where
/// they do not come out even, blocks of `size - 1`.
struct balanced {
    int blocks = 1;
    int size = 1;
    int full = 1;  ///< blocks of `size`; the others have `size - 1`

    /// Cuts `count` things.
    static constexpr balanced into(int count, int most) {
        const int blocks = (count + most - 1) / most;
        const int size = (count + blocks - 1) / blocks;
        return {blocks, size, count - (size - 1) * blocks};
    }
    /// Whether some blocks have one less.
    constexpr bool uneven() const { return full != blocks; }
};

/// The first multiple that is not less than `n`.
constexpr int rounded_up(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

}  // namespace plait::inline PLAIT_TARGET
