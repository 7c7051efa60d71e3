// SPDX-License-Identifier: BSD-3-Clause
#include "plait/core/agreement.hpp"

#include <array>
#include <limits>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include "plait/tensor/tensor.hpp"

using namespace plait;

namespace {

using values = std::vector<float>;

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float largest = std::numeric_limits<float>::max();
constexpr float least = std::numeric_limits<float>::denorm_min();

static_assert(is_finite(0.0F) && is_finite(-0.0F) && is_finite(largest) && is_finite(-largest) &&
              is_finite(least));
static_assert(!is_finite(infinity) && !is_finite(-infinity) && !is_finite(not_a_number));
static_assert(is_nan(not_a_number) && is_nan(-not_a_number) &&
              is_nan(std::numeric_limits<float>::signaling_NaN()));
static_assert(!is_nan(infinity) && !is_nan(-infinity) && !is_nan(0.0F) && !is_nan(largest));

constexpr double infinite_double = std::numeric_limits<double>::infinity();
constexpr double no_double = std::numeric_limits<double>::quiet_NaN();
static_assert(is_finite(1e308) && is_finite(5e-324) && is_finite(-0.0));
static_assert(!is_finite(infinite_double) && !is_finite(-infinite_double) && !is_finite(no_double));
static_assert(is_nan(no_double) && is_nan(-no_double) && !is_nan(-infinite_double));

std::string told(const values& found, const values& expected, double tolerance = 1e-4) {
    const auto agreed = agrees(found, expected, tolerance);
    CHECK(bool(agreed) == agreed.error().empty());
    return agreed.error();
}

}  // namespace

TEST_CASE("values that are near to those expected agree") {
    CHECK(told({1, 2, 3}, {1, 2, 3}, 0) == "");
    CHECK(told({1, 2, 3.0002F}, {1, 2, 3}) == "");
    // The largest value counts, of whatever sign, not each value's own.
    CHECK(told({0.0009F, -10}, {0, -10}) == "");
    CHECK(told({-0.0F}, {0}) == "");
    CHECK(told({largest}, {largest}) == "");
}

TEST_CASE("values that are too far say where, and both values") {
    CHECK(told({1, 2.5F, 3}, {1, 2, 4}, 0.2) ==
          "value 2 of 3 is 3 where 4 was expected: a difference of 0.25 of the largest value, and at most "
          "0.2 was "
          "allowed");
    CHECK(told({largest}, {-largest}) != "");
}

TEST_CASE("what is not a number never agrees") {
    CHECK(told({not_a_number, not_a_number, not_a_number}, {1, 2, 3}) ==
          "value 0 of 3 is nan where 1 was expected: both must be finite");
    CHECK(told({1, not_a_number, 3}, {1, 2, 3}).starts_with("value 1 of 3 is nan"));
    CHECK(told({1, 2}, {1, not_a_number}) == "value 1 of 2 is 2 where nan was expected: both must be finite");
    CHECK(told({not_a_number}, {not_a_number}) != "");
    CHECK(told({not_a_number}, {1}, infinite_double) != "");
    CHECK(told({1}, {1}, no_double) != "");
}

TEST_CASE("what is infinite never agrees") {
    CHECK(told({5, 6}, {infinity, 1}) == "value 0 of 2 is 5 where inf was expected: both must be finite");
    CHECK(told({5, -infinity}, {5, 1}) == "value 1 of 2 is -inf where 1 was expected: both must be finite");
    CHECK(told({infinity}, {infinity}) != "");
}

TEST_CASE("where only zeros are expected, only zeros agree") {
    CHECK(told({0, -0.0F}, {0, 0}) == "");
    CHECK(told({0, 1e-30F}, {0, 0}).starts_with("value 1 of 2 is 1e-30 where 0 was expected"));
}

TEST_CASE("the largest magnitude may be given a least") {
    CHECK(agrees(values{0, 1e-8F}, values{0, 0}, 1e-4, 1e-3));
    CHECK(!agrees(values{0, 1e-6F}, values{0, 0}, 1e-4, 1e-3));
    CHECK(!agrees(values{not_a_number}, values{0}, 1e-4, 1e-3));
}

TEST_CASE("no values, and another number of values, do not agree") {
    CHECK(told({}, {}) == "no values were found, and none expected: there is nothing to compare");
    CHECK(told({1}, {}) == "1 values were found where 0 were expected");
    CHECK(told({1, 2}, {1, 2, 3}) == "2 values were found where 3 were expected");
}

TEST_CASE("floats, doubles, tensors and spans are compared") {
    const tensor<float, shape{1, 1, 2}> found{{1, 2}};
    CHECK(agrees(found, std::vector<double>{1, 2.00001}, 1e-4));
    CHECK(!agrees(found, std::array<double, 2>{1e300, -1e300}, 0.5));
    CHECK(agrees(std::span(found.data(), 2), found, 0));
    const auto furthest = largest_deviation(found, std::vector<double>{1, 4});
    REQUIRE(furthest);
    CHECK(furthest->of_largest == 0.5);
    CHECK(furthest->at == 1);
    CHECK(furthest->found == 2);
    CHECK(furthest->expected == 4);
}
