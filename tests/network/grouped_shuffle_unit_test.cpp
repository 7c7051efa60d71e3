// SPDX-License-Identifier: BSD-3-Clause
// ShuffleNetV1's unit as a network of its own, against a reading of its paper that moves channels.
#include "comparison.hpp"

using namespace plait;
using namespace comparison;
using reference::map;
using reference::weight_source;

namespace {

template <shape Input, grouped_shuffle_unit Unit, layout_policy Policy = layout_policy{}>
void check_unit() {
    check_against<network<Input, Unit>, Policy>([](const map& x, weight_source& weights) {
        return reference::grouped_shuffle_unit(x, Unit, weights);
    });
}

template <shape Input, grouped_shuffle_unit Unit>
void check_layouts() {
    check_unit<Input, Unit>();
    check_unit<Input, Unit, planes_only>();
    check_unit<Input, Unit, groups_everywhere>();
}

}  // namespace

TEST_CASE("a ShuffleNetV1 unit of stride 1") {
    check_layouts<shape{12, 6, 5}, grouped_shuffle_unit{.out = 12}>();
    check_layouts<shape{60, 7, 7}, grouped_shuffle_unit{.out = 60}>();
    check_layouts<shape{48, 9, 4}, grouped_shuffle_unit{.out = 48, .groups = 4}>();
    check_layouts<shape{32, 3, 8}, grouped_shuffle_unit{.out = 32, .groups = 2}>();
    check_layouts<shape{20, 5, 5}, grouped_shuffle_unit{.out = 20, .groups = 1}>();
}

TEST_CASE("a ShuffleNetV1 unit of stride 2") {
    check_layouts<shape{24, 8, 6}, grouped_shuffle_unit{.out = 60, .stride = 2}>();
    check_layouts<shape{60, 4, 4}, grouped_shuffle_unit{.out = 120, .stride = 2}>();
    check_layouts<shape{16, 10, 8}, grouped_shuffle_unit{.out = 64, .stride = 2, .groups = 8}>();
}

TEST_CASE("a ShuffleNetV1 unit whose first convolution is not grouped") {
    check_layouts<shape{24, 8, 8},
                  grouped_shuffle_unit{.out = 240, .stride = 2, .first_is_grouped = false}>();
    check_layouts<shape{24, 6, 4}, grouped_shuffle_unit{.out = 60, .stride = 2, .first_is_grouped = false}>();
    check_layouts<shape{12, 5, 3}, grouped_shuffle_unit{.out = 12, .first_is_grouped = false}>();
}

TEST_CASE("a ShuffleNetV1 unit at awkward sizes") {
    for_sizes([]<int Height, int Width>() {
        check_unit<shape{36, Height, Width}, grouped_shuffle_unit{.out = 36}>();
    });
    for_even_sizes([]<int Height, int Width>() {
        check_unit<shape{9, Height, Width}, grouped_shuffle_unit{.out = 36, .stride = 2}>();
    });
}
