// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/shape.hpp"

namespace plait::inline PLAIT_TARGET {

/// A handle to consecutive entries of a graph's pool of channel numbers, all of one size.
struct feature_map {
    extent size{};
    int first = 0;
    int count = 0;
    bool is_flattened = false;  ///< whether it stands for all its values in a row, no longer for a map

    /// Channels x height x width.
    constexpr shape dimensions() const { return {count, size.height, size.width}; }
    /// Channels from `begin` up to but not including `end`: the same ones, by another handle. A slice that is
    /// empty or reaches beyond the map has no channels, and a graph refuses it; so is one of what is
    /// flattened.
    constexpr feature_map slice(int begin, int end) const {
        if (begin < 0 || begin >= end || end > count || is_flattened) return {size, first, 0};
        return {size, first + begin, end - begin};
    }

    friend constexpr bool operator==(feature_map, feature_map) = default;
};

}  // namespace plait::inline PLAIT_TARGET
