// SPDX-License-Identifier: BSD-3-Clause
// ResNet's basic block as a network of its own, against a reading of its paper.
#include "comparison.hpp"

using namespace plait;
using namespace comparison;
using reference::map;
using reference::weight_source;

namespace {

template <shape Input, basic_residual Unit, layout_policy Policy = layout_policy{}>
void check_unit() {
    check_against<network<Input, Unit>, Policy>(
        [](const map& x, weight_source& weights) { return reference::basic_residual(x, Unit, weights); });
}

template <shape Input, basic_residual Unit>
void check_layouts() {
    check_unit<Input, Unit>();
    check_unit<Input, Unit, planes_only>();
    check_unit<Input, Unit, groups_everywhere>();
}

}  // namespace

TEST_CASE("a basic block that adds its input") {
    check_layouts<shape{16, 6, 5}, basic_residual{.out = 16}>();
    check_layouts<shape{33, 7, 9}, basic_residual{.out = 33}>();
}

TEST_CASE("a basic block that projects its input") {
    check_layouts<shape{16, 8, 6}, basic_residual{.out = 32, .stride = 2}>();
    check_layouts<shape{12, 6, 10}, basic_residual{.out = 12, .stride = 2}>();
    check_layouts<shape{9, 5, 7}, basic_residual{.out = 20}>();
    check_layouts<shape{6, 9, 15}, basic_residual{.out = 7, .stride = 3}>();
}

TEST_CASE("a basic block at awkward sizes") {
    for_sizes([]<int Height, int Width>() {
        check_unit<shape{5, Height, Width}, basic_residual{.out = 5}>();
    });
    for_even_sizes([]<int Height, int Width>() {
        check_unit<shape{6, Height, Width}, basic_residual{.out = 18, .stride = 2}>();
    });
}
