// SPDX-License-Identifier: BSD-3-Clause
// ShuffleNetV1's units (arXiv 1707.01083) in small networks, and layers that no published network here has,
// under the names of an nn.Sequential.
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

TEST_CASE("layers that the published networks do not have") {
    constexpr auto bare = [](conv c) {
        c.after = affine::none;
        c.activation = activation::none;
        return c;
    };
    constexpr auto up = [](conv_transpose c) {
        c.after = affine::bias;
        c.activation = activation::none;
        return c;
    };
    constexpr auto body =
        flat<batch_norm{}, activate{}, bare({.out = 24, .kernel = 3, .stride = 2}), activate{}, batch_norm{},
             bare({.out = 40, .kernel = 3, .groups = 8}), bare({.out = 80, .kernel = 3, .groups = 40}),
             activate{}, up({.out = 20}), up({.out = 9, .kernel = 3, .padding = 1, .output_padding = 1}),
             activate{}, max_pool{}, up({.out = 5, .kernel = 4, .padding = 1}),
             up({.out = 3, .kernel = 3, .stride = extent{2, 1}}), batch_norm{}, max_pool{}, max_pool{},
             flatten{}, linear{.out = 20}, activate{}, linear{.out = 10, .bias = false}>;
    golden::check<network<shape{3, 24, 16}, body>>("layers_24x16", {"4"});
}
