// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include "plait/core/agreement.hpp"

/// Checks that values are those expected, to `tolerance` of the largest of those.
template <class Found, class Expected>
void check_agreement(const Found& found, const Expected& expected, double tolerance) {
    const plait::result<void> agreed = plait::agrees(found, expected, tolerance);
    CHECK_MESSAGE(agreed, agreed.error());
}
