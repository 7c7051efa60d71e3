// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include "plait/core/agreement.hpp"

/// Checks that values are those expected, to `tolerance` of the largest of those, or of `least_largest`.
template <class Found, class Expected>
void check_agreement(const Found& found, const Expected& expected, double tolerance,
                     double least_largest = 0) {
    const plait::result<void> agreed = plait::agrees(found, expected, tolerance, least_largest);
    CHECK_MESSAGE(agreed, agreed.error());
}
