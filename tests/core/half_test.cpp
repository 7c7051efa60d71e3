// SPDX-License-Identifier: BSD-3-Clause
#include "plait/core/half.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

using namespace plait;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// As the format defines it.
float defined(unsigned half) {
    const int exponent = static_cast<int>(half >> 10 & 0x1f);
    const int mantissa = static_cast<int>(half & 0x3ff);
    const float sign = half & 0x8000 ? -1.0F : 1.0F;
    if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
    if (exponent == 31) return mantissa == 0 ? sign * infinity : std::numeric_limits<float>::quiet_NaN();
    return sign * std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
}

bool is_nan_half(unsigned half) { return (half & 0x7fff) > 0x7c00; }

}  // namespace

static_assert(half_to_float(0x3c00) == 1 && half_to_float(0x7bff) == largest_half);
static_assert(half_from_float(1) == 0x3c00 && half_from_float(-largest_half) == 0xfbff);

TEST_CASE("every half is the float that the format defines, and comes back") {
    int wrong = 0;
    for (unsigned half = 0; half < 0x10000; ++half) {
        const float value = half_to_float(static_cast<std::uint16_t>(half));
        if (is_nan_half(half)) {
            wrong += !std::isnan(value) || !is_nan_half(half_from_float(value));
            continue;
        }
        wrong += value != defined(half) || std::signbit(value) != (half >= 0x8000);
        wrong += half_from_float(value) != half;
    }
    CHECK(wrong == 0);
}

TEST_CASE("between two halves the nearer is taken, in the middle the even one") {
    int wrong = 0;
    for (unsigned half = 0; half < 0x7bff; ++half) {
        const float below = defined(half), above = defined(half + 1);
        const float middle = (below + above) / 2;
        const unsigned even = half % 2 == 0 ? half : half + 1;
        wrong += half_from_float(middle) != even || half_from_float(-middle) != (even | 0x8000U);
        wrong += half_from_float(std::nextafter(middle, 0.0F)) != half;
        wrong += half_from_float(std::nextafter(middle, infinity)) != half + 1;
    }
    CHECK(wrong == 0);
}

TEST_CASE("what is too large is infinite, what is too small is zero") {
    CHECK(half_from_float(std::nextafter(65520.0F, 0.0F)) == 0x7bff);
    CHECK(half_from_float(65520) == 0x7c00);
    CHECK(half_from_float(-infinity) == 0xfc00);
    CHECK(half_from_float(0x1p-25F) == 0);
    CHECK(half_from_float(std::numeric_limits<float>::denorm_min()) == 0);
    CHECK(half_from_float(-0.0F) == 0x8000);
}
