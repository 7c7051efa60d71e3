// SPDX-License-Identifier: BSD-3-Clause
#include "plait/models/detection.hpp"

#include <limits>
#include <vector>

#include <doctest/doctest.h>

using namespace plait;

namespace {

constexpr box unit{0, 0, 1, 1};
constexpr box left_half{0, 0, 0.5f, 1};
constexpr box right_half{0.5f, 0, 1, 1};
constexpr box beyond{2, 2, 3, 3};

static_assert(unit.area() == 1);
static_assert(box{1, 0, 0, 1}.area() == 0);
static_assert(intersection(unit, left_half) == left_half);
static_assert(intersection(unit, beyond).area() == 0);
static_assert(intersection_over_union(unit, unit) == 1);
static_assert(intersection_over_union(unit, left_half) == 0.5f);
static_assert(intersection_over_union(left_half, right_half) == 0);
static_assert(intersection_over_union(unit, beyond) == 0);
static_assert(intersection_over_union(box{}, box{}) == 0);

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("overlaps are suppressed within a class") {
    const box shifted{0.1f, 0, 1.1f, 1};  // 0.82 of the union
    const detected_object best{3, 0.9f, unit}, second{3, 0.8f, shifted}, other_class{4, 0.7f, unit};
    const detected_object half{3, 0.6f, left_half}, far{3, 0.5f, beyond};
    CHECK(suppress_overlaps({far, second, half, other_class, best}) == std::vector{best, other_class, far});
    CHECK(suppress_overlaps({far, second, half, other_class, best}, 0.5f) ==
          std::vector{best, other_class, half, far});
    CHECK(suppress_overlaps({second, best}, 1.0f) == std::vector{best, second});
    CHECK(suppress_overlaps({}).empty());
}

TEST_CASE("what a suppressed object overlaps stays") {
    const detected_object first{0, 0.9f, {0, 0, 1, 1}}, middle{0, 0.8f, {0.3f, 0, 1.3f, 1}};
    const detected_object last{0, 0.7f, {0.6f, 0, 1.6f, 1}};
    CHECK(suppress_overlaps({last, middle, first}) == std::vector{first, last});
}

TEST_CASE("of equal scores the first comes first") {
    const detected_object a{0, 0.9f, unit}, b{1, 0.9f, unit}, c{0, 0.9f, {0.01f, 0, 1, 1}};
    CHECK(suppress_overlaps({a, b, c}) == std::vector{a, b});
    CHECK(suppress_overlaps({c, b, a}) == std::vector{c, b});
}

TEST_CASE("NaN is no score, and no overlap") {
    const detected_object unscored{0, not_a_number, unit},
        nowhere{0, 0.8f, {not_a_number, not_a_number, not_a_number, not_a_number}}, a{0, 0.9f, unit};
    const auto kept = suppress_overlaps({unscored, nowhere, a, unscored});
    REQUIRE(kept.size() == 2);
    CHECK(kept[0] == a);
    CHECK(kept[1].score == 0.8f);
}
