// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// What is applied to sums before they are stored. `relu6` is min(max(x, 0), 6).
enum class activation : unsigned char { none, relu, relu6, sigmoid };

}  // namespace plait::inline PLAIT_TARGET
