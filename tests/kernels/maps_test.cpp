// SPDX-License-Identifier: BSD-3-Clause
// Kernels that combine maps, and that move their pixels.
#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes > 1 ? native_lanes : 4;  // around which sizes are tried

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
    check_binary<binary{multiply, operand::channel_values}, activation::relu, Channels, Layout, Size>();
    check_binary<binary{subtract, operand::channel_values, true}, none, Channels, Layout, Size>();
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

/// To any size, as the graph makes it.
constexpr sampling resized(extent in, extent to, sampled_axis::rule by, coordinates at) {
    return {{.by = by, .at = at, .in = in.height, .out = to.height},
            {.by = by, .at = at, .in = in.width, .out = to.width}};
}
constexpr sampling padded(extent in, sides around, sampled_axis::rule by) {
    return {{.by = by, .in = in.height, .out = in.height + around.top + around.bottom, .begin = -around.top},
            {.by = by, .in = in.width, .out = in.width + around.left + around.right, .begin = -around.left}};
}

template <int Channels, op_layout Layout, extent Size, sampling... How>
void check_resample() {
    (check<kernel_case{.kind = op_kind::resample,
                       .in = Channels,
                       .out = Channels,
                       .size = Size,
                       .sampling = How,
                       .layout = Layout}>(),
     ...);
}

/// Every rule, larger and smaller.
template <op_layout Layout, int Channels, extent Size>
void check_samplings() {
    using enum sampled_axis::rule;
    using enum coordinates;
    constexpr extent larger{2 * Size.height + 1, Size.width + 3};
    constexpr extent smaller{(Size.height + 1) / 2, (Size.width + 2) / 3};
    constexpr sampling every_third{{.in = Size.height, .out = (Size.height + 2) / 3, .step = 3},
                                   {.in = Size.width, .out = Size.width / 2, .begin = 1, .step = 2}};
    check_resample<Channels, Layout, Size, resized(Size, larger, nearest_floor, asymmetric),
                   resized(Size, Size * 3, nearest_floor, asymmetric),
                   resized(Size, larger, nearest_round, half_pixel),
                   resized(Size, smaller, nearest_round, aligned), resized(Size, larger, linear, half_pixel),
                   resized(Size, larger, linear, aligned), resized(Size, smaller, linear, asymmetric),
                   padded(Size, {1, 0, 2, 3}, zeros), padded(Size, {1, 2, 0, 1}, reflection), every_third>();
}

template <int Factor, op_layout Layout, int Channels, extent... Size>
void check_shuffles() {
    (check<kernel_case{.kind = op_kind::pixel_shuffle,
                       .in = Channels * Factor * Factor,
                       .out = Channels,
                       .size = Size,
                       .factor = Factor,
                       .layout = Layout}>(),
     ...);
    (check<kernel_case{.kind = op_kind::pixel_unshuffle,
                       .in = Channels,
                       .out = Channels * Factor * Factor,
                       .size = Size * Factor,
                       .factor = Factor,
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

TEST_CASE("resizing, padding and cutting") {
    check_samplings<planes, lanes + 3, extent{2, lanes - 1}>();
    check_samplings<planes, 5, extent{3, lanes + 1}>();
    check_samplings<whole_groups, lanes + 1, extent{3, 5}>();
    check_samplings<scattered_groups, lanes - 1, extent{4, 3}>();
    check_samplings<planes_to_groups, lanes + 1, extent{2, lanes}>();
    check_samplings<groups_to_planes, 5, extent{3, 7}>();
    using enum sampled_axis::rule;
    constexpr extent pixel{1, 1};
    check_resample<5, groups_to_planes, pixel, resized(pixel, {3, 5}, linear, coordinates::half_pixel)>();
    check_resample<lanes, whole_groups, pixel, resized(pixel, {2, 1}, linear, coordinates::aligned)>();
}

TEST_CASE("pixels become channels and channels pixels") {
    check_shuffles<1, planes, 3, extent{2, 3}>();
    check_shuffles<2, planes, 5, extent{1, 1}, extent{3, lanes - 1}, extent{2, lanes + 1}>();
    check_shuffles<3, planes, lanes + 1, extent{2, 3}>();
    check_shuffles<2, whole_groups, lanes + 1, extent{1, 1}, extent{3, 2}>();
    check_shuffles<3, scattered_groups, 5, extent{2, 3}>();
    check_shuffles<2, planes_to_groups, lanes + 1, extent{3, 3}>();
    check_shuffles<2, groups_to_planes, lanes + 1, extent{1, 1}, extent{2, 3}>();
}

TEST_CASE("zeros") {
    constexpr kernel_case zeros{.kind = op_kind::fill, .in = 1, .out = 5, .size = {3, 5}};
    check<zeros>();
    constexpr kernel_case in_groups{
        .kind = op_kind::fill, .in = 1, .out = lanes + 1, .size = {3, 5}, .layout = scattered_groups};
    check<in_groups>();
}
