// SPDX-License-Identifier: BSD-3-Clause
#include "plait/core/decimal.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "../foreign_locale.hpp"

TEST_CASE("numbers are the same text in any locale") {
    const auto check = [] {
        CHECK(plait::decimal(1234567.891, {.places = 2}) == "1234567.89");
        CHECK(plait::decimal(-0.05, {.places = 1}) == "-0.1");
        CHECK(plait::decimal(2.5, {.places = 0, .width = 5}) == "    2");
        CHECK(plait::decimal(123456, {.places = 0, .width = 5}) == "123456");
        CHECK(plait::decimal(std::numeric_limits<double>::max(), {.places = 2}).size() == 312);
        CHECK(plait::short_decimal(65504) == "65504");
        CHECK(plait::short_decimal(1234567) == "1.23457e+06");
        CHECK(plait::short_decimal(0.5) == "0.5");
    };
    check();
    const foreign_locale here;
    check();
}
