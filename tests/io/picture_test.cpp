// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/picture.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "made_pictures.hpp"

using namespace made_pictures;
using plait::picture;

TEST_CASE("the centre square") {
    const picture wide = pattern(7, 4);
    const picture square = plait::centre_square(wide);
    REQUIRE(square.size() == plait::extent{4, 4});
    for (int y = 0; y < 4; ++y) {
        for (int x = 0; x < 4; ++x) {
            CHECK(std::equal(square.pixel(y, x), square.pixel(y, x) + 3, wide.pixel(y, x + 1)));
        }
    }

    const picture high = pattern(2, 5);
    const picture middle = plait::centre_square(high);
    REQUIRE(middle.size() == plait::extent{2, 2});
    CHECK(std::equal(middle.rgb.begin(), middle.rgb.end(), high.pixel(1, 0)));

    CHECK(plait::centre_square(square) == square);
}
