// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>

#include "plait/core/target.hpp"

// What a value is, by its bits: what -funsafe-math-optimizations may do to comparisons changes no answer.

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Of IEEE 754, without its sign.
constexpr std::uint32_t magnitude_bits(float value) {
    return std::bit_cast<std::uint32_t>(value) & 0x7fff'ffffU;
}
constexpr std::uint64_t magnitude_bits(double value) {
    return std::bit_cast<std::uint64_t>(value) & 0x7fff'ffff'ffff'ffffULL;
}

inline constexpr std::uint32_t infinite_float = 0x7f80'0000U;
inline constexpr std::uint64_t infinite_double = 0x7ff0'0000'0000'0000ULL;

}  // namespace detail

/// Whether a value is a number, and not infinite.
constexpr bool is_finite(float value) { return detail::magnitude_bits(value) < detail::infinite_float; }
constexpr bool is_finite(double value) { return detail::magnitude_bits(value) < detail::infinite_double; }

/// Whether a value is not a number.
constexpr bool is_nan(float value) { return detail::magnitude_bits(value) > detail::infinite_float; }
constexpr bool is_nan(double value) { return detail::magnitude_bits(value) > detail::infinite_double; }

}  // namespace plait::inline PLAIT_TARGET
