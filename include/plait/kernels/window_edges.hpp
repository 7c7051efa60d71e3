// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Output pixels at the left or upper edge whose tap, `distance` before the middle, lies outside of the map.
constexpr int outside_before(int distance, int stride) {
    return distance > 0 ? (distance + stride - 1) / stride : 0;
}
/// The same at the right or lower edge, `distance` after the middle.
constexpr int outside_after(int distance, int stride) { return distance > 0 ? distance / stride : 0; }

}  // namespace plait::inline PLAIT_TARGET
