// SPDX-License-Identifier: BSD-3-Clause
// The ShuffleNetV2 unit and the down unit, each as a network of its own, against a reading of its paper that
// moves channels.
#include "comparison.hpp"

using namespace plait;
using namespace comparison;
using reference::map;
using reference::weight_source;

namespace {

template <shape Input, shuffle_unit Unit, layout_policy Policy = layout_policy{}>
void check_unit() {
    check_against<network<Input, Unit>, Policy>(
        [](const map& x, weight_source& weights) { return reference::shuffle_unit(x, Unit.mix, weights); });
}

template <shape Input, shuffle_down Unit, layout_policy Policy = layout_policy{}>
void check_unit() {
    check_against<network<Input, Unit>, Policy>([](const map& x, weight_source& weights) {
        return reference::shuffle_down(x, Unit.out, Unit.mix, weights);
    });
}

template <auto Unit, layout_policy Policy = layout_policy{}>
void check_channels() {
    check_unit<shape{16, 6, 5}, Unit, Policy>();
    check_unit<shape{32, 9, 9}, Unit, Policy>();
    check_unit<shape{80, 3, 7}, Unit, Policy>();
}

}  // namespace

TEST_CASE("a ShuffleNetV2 unit of every mixing") {
    check_channels<shuffle_unit{.mix = mixing::none}>();
    check_channels<shuffle_unit{.mix = mixing::after}>();
    check_channels<shuffle_unit{.mix = mixing::before}>();
    check_channels<shuffle_unit{.mix = mixing::before_pairs}>();
    check_channels<shuffle_unit{.mix = mixing::before_pairs}, planes_only>();
    check_channels<shuffle_unit{.mix = mixing::after}, groups_everywhere>();
}

TEST_CASE("a ShuffleNetV2 unit at awkward sizes") {
    for_sizes([]<int Height, int Width>() { check_unit<shape{12, Height, Width}, shuffle_unit{}>(); });
}

TEST_CASE("a ShuffleNetV2 unit of awkward numbers of channels") {
    check_unit<shape{2, 5, 7}, shuffle_unit{}>();
    check_unit<shape{4, 14, 14}, shuffle_unit{}>();
    check_unit<shape{6, 7, 9}, shuffle_unit{}>();
    check_unit<shape{20, 15, 15}, shuffle_unit{}>();
    check_unit<shape{24, 4, 4}, shuffle_unit{}>();
    check_unit<shape{36, 8, 8}, shuffle_unit{}>();
    check_unit<shape{44, 3, 3}, shuffle_unit{}>();
    check_unit<shape{58, 10, 10}, shuffle_unit{}>();
    check_unit<shape{116, 5, 5}, shuffle_unit{}>();
}

TEST_CASE("a down unit at awkward sizes") {
    for_even_sizes([]<int Height, int Width>() {
        check_unit<shape{6, Height, Width}, shuffle_down{.out = 20}>();
        check_unit<shape{24, Height, Width}, shuffle_down{.out = 58, .mix = mixing::none}>();
    });
}

TEST_CASE("a down unit that leaves one pixel") {
    check_unit<shape{3, 2, 2}, shuffle_down{.out = 2}>();
    check_unit<shape{36, 2, 2}, shuffle_down{.out = 44}, planes_only>();
}

TEST_CASE("a down unit in one layout throughout") {
    check_unit<shape{12, 14, 10}, shuffle_down{.out = 24}, planes_only>();
    check_unit<shape{12, 14, 10}, shuffle_down{.out = 24}, groups_everywhere>();
    check_unit<shape{44, 8, 16}, shuffle_down{.out = 116}, planes_only>();
    check_unit<shape{44, 8, 16}, shuffle_down{.out = 116}, groups_everywhere>();
}
