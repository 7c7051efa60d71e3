// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// `in_order{(f(Index), 0)...}` makes calls from the first to the last, however many: a fold over a comma is
/// as deep as it is long, and compilers limit its depth.
struct in_order {
    template <class... Done>
    [[gnu::always_inline]] constexpr explicit in_order(Done...) {}
};

}  // namespace plait::inline PLAIT_TARGET
