// SPDX-License-Identifier: BSD-3-Clause
// Kernels that combine maps, and that move their pixels.
#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes;

template <binary How, activation Act, int Channels, op_layout Layout, extent... Size>
void check_binary() {
    (check<kernel_case{.kind = op_kind::binary,
                       .in = Channels,
                       .out = Channels,
                       .size = Size,
                       .binary = How,
                       .act = Act,
                       .layout = Layout}>(),
     ...);
}

/// Every operation with every kind of operand; sizes and layouts in turn.
template <op_layout Layout, int Channels, extent Size>
void check_operations() {
    using enum binary_operation;
    constexpr auto none = activation::none;
    constexpr real half = -0.5;
    check_binary<binary{add, operand::map}, activation::relu, Channels, Layout, Size>();
    check_binary<binary{subtract, operand::map}, activation::relu6, Channels, Layout, Size>();
    check_binary<binary{multiply, operand::one_a_channel}, none, Channels, Layout, Size>();
    check_binary<binary{subtract, operand::one_a_channel, true}, none, Channels, Layout, Size>();
    check_binary<binary{divide, operand::constant, false, half}, none, Channels, Layout, Size>();
    check_binary<binary{subtract, operand::constant, true, half}, none, Channels, Layout, Size>();
    check_binary<binary{multiply, operand::one_a_pixel}, activation::relu, Channels, Layout, Size>();
    check_binary<binary{subtract, operand::one_a_pixel, true}, none, Channels, Layout, Size>();
    check_binary<binary{maximum, operand::map}, none, Channels, Layout, Size>();
    check_binary<binary{minimum, operand::one_a_channel}, none, Channels, Layout, Size>();
}

template <int Channels, op_layout Layout, extent... Size>
void check_global() {
    (check<kernel_case{.kind = op_kind::global_max_pool,
                       .in = Channels,
                       .out = Channels,
                       .size = Size,
                       .layout = Layout}>(),
     ...);
}

}  // namespace

TEST_CASE("binary operations in planes") {
    check_operations<planes, 5, extent{1, lanes - 1}>();
    check_operations<planes, 5, extent{3, lanes + 1}>();
    check_binary<binary{}, activation::none, 5, planes, extent{1, 2}, extent{1, lanes}, extent{9, 7}>();
}

TEST_CASE("binary operations in groups") {
    check_operations<whole_groups, 2 * lanes, extent{2, 3}>();
    check_operations<whole_groups, lanes - 1, extent{1, 1}>();
    check_operations<scattered_groups, lanes + 1, extent{3, 5}>();
    check_operations<scattered_groups, lanes, extent{1, 1}>();
}

TEST_CASE("binary operations from one layout to another") {
    check_operations<planes_to_groups, lanes + 3, extent{3, 5}>();
    check_operations<groups_to_planes, lanes + 3, extent{1, lanes + 1}>();
}

TEST_CASE("a global max pool") {
    check_global<5, planes_to_groups, extent{1, 2}, extent{1, lanes - 1}, extent{1, lanes}, extent{8, 9}>();
    check_global<lanes + 1, planes_to_groups, extent{1, lanes + 1}, extent{5, 7}>();
    check_global<lanes + 1, whole_groups, extent{1, 1}, extent{3, 7}>();
    check_global<lanes - 1, scattered_groups, extent{1, 1}, extent{2, 3}>();
}
