// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <string>

#include "plait/core/decimal.hpp"
#include "plait/core/finite.hpp"
#include "plait/core/result.hpp"

// The one comparison of values that were computed with those that were expected.

namespace plait::inline PLAIT_TARGET {

/// Of all values that were found, the one that is furthest from what was expected.
struct deviation {
    double of_largest = 0;  ///< how far, as a fraction of the largest magnitude that was expected
    std::size_t at = 0;     ///< its index
    double found = 0;
    double expected = 0;
};

namespace detail {

constexpr double widened(float value) { return static_cast<double>(value); }
constexpr double widened(double value) { return value; }

/// "value 3 of 10 is nan where 0.5 was expected".
inline std::string what_was_found(const deviation& d, std::size_t count) {
    return "value " + std::to_string(d.at) + " of " + std::to_string(count) + " is " +
           short_decimal(d.found, 9) + " where " + short_decimal(d.expected, 9) + " was expected";
}

}  // namespace detail

/// How far what was found lies from what was expected, both contiguous floats or doubles; a sentence where
/// there is nothing to compare, there are not as many values, or one of either side is not finite. A largest
/// magnitude below `least_largest` counts as that: sums whose terms cancel are rounded as their terms are.
template <class Found, class Expected>
result<deviation> largest_deviation(const Found& found, const Expected& expected, double least_largest = 0) {
    const auto count = static_cast<std::size_t>(std::size(found));
    if (count != static_cast<std::size_t>(std::size(expected)))
        return failure{std::to_string(count) + " values were found where " +
                       std::to_string(std::size(expected)) + " were expected"};
    if (count == 0) return failure{"no values were found, and none expected: there is nothing to compare"};
    deviation furthest;
    double largest = least_largest, worst = -1;
    for (std::size_t i = 0; i < count; ++i) {
        const auto value = std::data(found)[i];
        const auto wanted = std::data(expected)[i];
        const deviation here{0, i, detail::widened(value), detail::widened(wanted)};
        if (!is_finite(value) || !is_finite(wanted))
            return failure{detail::what_was_found(here, count) + ": both must be finite"};
        largest = std::fmax(largest, std::fabs(here.expected));
        const double difference = std::fabs(here.found - here.expected);
        if (difference > worst) {
            worst = difference;
            furthest = here;
        }
    }
    if (worst > 0)
        furthest.of_largest = largest > 0 ? worst / largest : std::numeric_limits<double>::infinity();
    return furthest;
}

/// Whether what was found is what was expected: as many values, all finite on both sides, none further from
/// its own than `tolerance` times the largest magnitude expected, or `least_largest`. Else one sentence says
/// where it is not.
template <class Found, class Expected>
result<void> agrees(const Found& found, const Expected& expected, double tolerance,
                    double least_largest = 0) {
    const auto furthest = largest_deviation(found, expected, least_largest);
    if (!furthest) return failure{furthest.error()};
    if (furthest->of_largest <= tolerance) return {};
    return failure{detail::what_was_found(*furthest, static_cast<std::size_t>(std::size(found))) +
                   ": a difference of " + short_decimal(furthest->of_largest, 9) +
                   " of the largest value, and at most " + short_decimal(tolerance, 9) + " was allowed"};
}

}  // namespace plait::inline PLAIT_TARGET
