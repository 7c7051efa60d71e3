// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a convolution applies to its sums before it stores them.
enum class activation : unsigned char { none, relu };

}  // namespace plait::inline PLAIT_TARGET
