// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Of the bits of an IEEE 754 binary16, which is kept as an unsigned integer.
inline constexpr float largest_half = 65504.0F;

namespace detail {

inline constexpr int half_shift = 23 - 10;                              ///< of the mantissa
inline constexpr std::uint32_t half_bias = (127U - 15U) << 23;          ///< between the exponents
inline constexpr std::uint32_t least_normal_half = (127U - 14U) << 23;  ///< 2^-14 as a float

}  // namespace detail

/// Exactly: subnormal numbers, infinities and NaNs too. It has no branch, so that loops of it are vectors.
constexpr float half_to_float(std::uint16_t half) {
    using namespace detail;
    constexpr std::uint32_t exponent_mask = 0x1fU << 23;
    const std::uint32_t sign = (half & 0x8000U) << 16;
    const std::uint32_t shifted = (half & 0x7fffU) << half_shift;
    const std::uint32_t exponent = shifted & exponent_mask;
    const std::uint32_t is_special = exponent == exponent_mask;
    const std::uint32_t normal = shifted + half_bias + is_special * half_bias;
    // A subnormal number's mantissa, as if it had a leading 1, less that 1.
    const float subnormal = std::bit_cast<float>(shifted + least_normal_half) - 0x1p-14F;
    const std::uint32_t where_subnormal = 0U - (exponent == 0);
    const std::uint32_t magnitude =
        (normal & ~where_subnormal) | (std::bit_cast<std::uint32_t>(subnormal) & where_subnormal);
    return std::bit_cast<float>(sign | magnitude);
}

/// The nearest, of two that are as near the even one; infinity from 65520 on.
constexpr std::uint16_t half_from_float(float value) {
    using namespace detail;
    constexpr std::uint32_t infinity = 0x7f80'0000U;
    constexpr std::uint32_t too_large = 0x477f'f000U;  // 65520
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = bits >> 16 & 0x8000U;
    const std::uint32_t magnitude = bits & 0x7fff'ffffU;
    const auto with_sign = [sign](std::uint32_t half) { return static_cast<std::uint16_t>(sign | half); };
    if (magnitude > infinity) return with_sign(0x7e00U);
    if (magnitude >= too_large) return with_sign(0x7c00U);
    if (magnitude < least_normal_half) {
        // Floats from 0.5 to 1 are as far apart as subnormal numbers: the sum is rounded as they are.
        const float sum = std::bit_cast<float>(magnitude) + 0.5F;
        return with_sign(std::bit_cast<std::uint32_t>(sum) - std::bit_cast<std::uint32_t>(0.5F));
    }
    const std::uint32_t is_odd = magnitude >> half_shift & 1U;
    return with_sign((magnitude - half_bias + 0xfffU + is_odd) >> half_shift);
}

/// A number that is kept as its binary16.
struct half {
    std::uint16_t bits = 0;

    /// As half_from_float has it.
    static constexpr half nearest(float value) { return {half_from_float(value)}; }
    /// Exactly.
    constexpr float value() const { return half_to_float(bits); }
};

}  // namespace plait::inline PLAIT_TARGET
