// SPDX-License-Identifier: BSD-3-Clause
// MobileNetV2's inverted residual as a network of its own, against a reading of its paper.
#include "comparison.hpp"

using namespace plait;
using namespace comparison;
using reference::map;
using reference::weight_source;

namespace {

template <shape Input, inverted_residual Unit, layout_policy Policy = layout_policy{}>
void check_unit() {
    check_against<network<Input, Unit>, Policy>(
        [](const map& x, weight_source& weights) { return reference::inverted_residual(x, Unit, weights); });
}

template <shape Input, inverted_residual Unit>
void check_layouts() {
    check_unit<Input, Unit>();
    check_unit<Input, Unit, planes_only>();
    check_unit<Input, Unit, groups_everywhere>();
}

}  // namespace

TEST_CASE("an inverted residual that adds its input") {
    check_layouts<shape{16, 6, 5}, inverted_residual{.out = 16}>();
    check_layouts<shape{24, 9, 9}, inverted_residual{.out = 24}>();
    check_layouts<shape{5, 14, 7}, inverted_residual{.out = 5, .expansion = 3}>();
}

TEST_CASE("an inverted residual of another width or size adds nothing") {
    check_layouts<shape{16, 8, 6}, inverted_residual{.out = 24, .stride = 2}>();
    check_layouts<shape{12, 8, 8}, inverted_residual{.out = 12, .stride = 2, .expansion = 2}>();
    check_layouts<shape{20, 7, 7}, inverted_residual{.out = 33}>();
}

TEST_CASE("an inverted residual without expansion") {
    check_layouts<shape{32, 10, 10}, inverted_residual{.out = 16, .expansion = 1}>();
    check_layouts<shape{18, 5, 9}, inverted_residual{.out = 18, .expansion = 1}>();
}

TEST_CASE("an inverted residual of another window and activation") {
    check_unit<shape{8, 12, 9}, inverted_residual{.out = 8, .kernel = 5}>();
    check_unit<shape{8, 12, 10},
               inverted_residual{
                   .out = 10, .stride = 2, .expansion = 4, .kernel = 7, .activation = activation::relu}>();
}

TEST_CASE("an inverted residual at awkward sizes") {
    for_sizes([]<int Height, int Width>() {
        check_unit<shape{6, Height, Width}, inverted_residual{.out = 6, .expansion = 3}>();
    });
    for_even_sizes([]<int Height, int Width>() {
        check_unit<shape{7, Height, Width}, inverted_residual{.out = 17, .stride = 2, .expansion = 3}>();
    });
}
