// SPDX-License-Identifier: BSD-3-Clause
// A few of the networks that are drawn by chance, for instruction sets where drawn_networks_test.cpp would
// take too long: all outputs against the calls one by one.
#include "comparison.hpp"
#include "drawn/network.hpp"

namespace {

template <comparison::layout_policy Policy, unsigned Unit>
void check_unit() {
    [&]<unsigned... Index>(std::integer_sequence<unsigned, Index...>) {
        constexpr unsigned first = Unit * drawn::networks_in_a_unit;
        (comparison::check<drawn::network<first + Index>, Policy>(first + Index), ...);
    }
    (std::make_integer_sequence<unsigned, 8>{});
}

}  // namespace

TEST_CASE("networks drawn by chance") { check_unit<comparison::by_default, 0>(); }

TEST_CASE("networks drawn by chance, in planes only") { check_unit<comparison::planes_only, 4>(); }

TEST_CASE("networks drawn by chance, in groups everywhere") {
    check_unit<comparison::groups_everywhere, 5>();
}
