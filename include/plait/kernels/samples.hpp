// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "plait/core/as_size.hpp"
#include "plait/core/sampling.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Of every output along an axis what it is made of.
template <sampled_axis Axis>
inline constexpr auto samples_of = [] {
    std::array<sample, as_size(Axis.out)> all{};
    for (int i = 0; i < Axis.out; ++i) all[as_size(i)] = Axis.of(i);
    return all;
}();

}  // namespace plait::inline PLAIT_TARGET::detail
