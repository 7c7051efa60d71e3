// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// A count as the bound of an array, where compilers take an int that depends on a template for a mistake.
constexpr std::size_t as_size(int count) { return static_cast<std::size_t>(count); }

}  // namespace plait::inline PLAIT_TARGET
