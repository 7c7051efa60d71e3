// SPDX-License-Identifier: BSD-3-Clause
// ShuffleNetV1's units (arXiv 1707.01083) in small networks, under the names of an nn.Sequential.
#include "golden.hpp"
#include "plait/blocks/blocks.hpp"

using namespace plait;

TEST_CASE("a stage whose first pointwise convolution is not grouped") {
    using net = network<shape{3, 32, 32}, conv{.out = 24, .kernel = 3, .stride = 2},
                        grouped_shuffle_unit{.out = 240, .stride = 2, .first_is_grouped = false},
                        grouped_shuffle_unit{.out = 240}, grouped_shuffle_unit{.out = 240},
                        global_average_pool{}, linear{.out = 10}>;
    golden::check<net>("shufflenet_v1_stage2", {"1", "2", "3"});
}

TEST_CASE("two stages, not square") {
    using net = network<shape{3, 40, 56}, conv{.out = 12, .kernel = 3, .stride = 2},
                        grouped_shuffle_unit{.out = 60, .stride = 2}, grouped_shuffle_unit{.out = 60},
                        grouped_shuffle_unit{.out = 120, .stride = 2}, grouped_shuffle_unit{.out = 120},
                        global_average_pool{}, linear{.out = 10}>;
    golden::check<net>("shufflenet_v1_two_stages", {"1", "2", "3", "4"});
}
