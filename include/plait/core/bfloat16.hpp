// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// The upper half of a float: its range, with 8 bits of its mantissa.
struct bfloat16 {
    std::uint16_t bits = 0;

    /// The nearest, of two that are as near the even one; what is not a number stays none.
    static constexpr bfloat16 nearest(float value) {
        constexpr std::uint32_t infinity = 0x7f80'0000U;
        const auto all = std::bit_cast<std::uint32_t>(value);
        if ((all & 0x7fff'ffffU) > infinity) return {static_cast<std::uint16_t>(all >> 16U | 0x40U)};
        return {static_cast<std::uint16_t>((all + 0x7fffU + (all >> 16U & 1U)) >> 16U)};
    }
    /// Exactly.
    constexpr float value() const { return std::bit_cast<float>(std::uint32_t{bits} << 16U); }
};

}  // namespace plait::inline PLAIT_TARGET
