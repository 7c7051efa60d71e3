// SPDX-License-Identifier: BSD-3-Clause
#include "plait/models/fastestdet.hpp"

#include "comparison.hpp"

using namespace plait;
using namespace comparison;

TEST_CASE("FastestDet on a small picture, against its calls one by one") {
    using net = fastestdet<80, shape{3, 64, 96}>;
    static_assert(net::output == shape{85, 4, 6});
    check<net>();
    check<fastestdet<3, shape{3, 32, 32}>, planes_only>();
}

TEST_CASE("FastestDet on another backbone") {
    check<fastestdet<2, shape{3, 32, 64}, augshufflenet_backbone{}>>();
    check<fastestdet<2, shape{3, 32, 64}, shufflenet_v2_backbone{.width = 116}>>();
}
