// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// A number as a template argument: `1e-3` where one is expected. It keeps the bits, since not every compiler
/// takes a floating-point number itself.
struct real {
    std::uint64_t bits = 0;

    constexpr real() = default;
    explicit(false) constexpr real(double value) : bits(std::bit_cast<std::uint64_t>(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    explicit(false) constexpr operator double() const { return std::bit_cast<double>(bits); }

    friend constexpr bool operator==(real, real) = default;
};

}  // namespace plait::inline PLAIT_TARGET
