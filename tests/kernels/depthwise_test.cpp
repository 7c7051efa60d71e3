// SPDX-License-Identifier: BSD-3-Clause
#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes > 1 ? native_lanes : 4;  // around which sizes are tried

constexpr activation by_channels(int channels) { return channels % 2 ? activation::none : activation::relu; }

template <int Kernel, int Stride, op_layout Layout, extent Size, int Channels = 5,
          activation Act = by_channels(Channels)>
void check_one() {
    check<kernel_case{.kind = op_kind::depthwise,
                      .in = Channels,
                      .out = Channels,
                      .size = Size,
                      .window = windowing{.kernel = Kernel, .stride = Stride}.over(Size),
                      .act = Act,
                      .layout = Layout}>();
}

template <int Kernel, op_layout Layout, extent... Size>
void check_sizes() {
    (check_one<Kernel, 1, Layout, Size>(), ...);
}

/// Of the output; the input is twice as high and wide.
template <int Kernel, op_layout Layout, extent... Size>
void check_sizes_by_2() {
    (check_one<Kernel, 2, Layout, Size * 2>(), ...);
}

}  // namespace

TEST_CASE("depthwise 3 x 3 in planes") {
    check_sizes<3, planes, extent{1, 2}, extent{2, 1}, extent{2, 2}, extent{3, 3}, extent{1, lanes - 1},
                extent{1, lanes}, extent{1, lanes + 1}, extent{7, 1}, extent{5, 2}, extent{4, 4},
                extent{5, 7}, extent{3, 8}, extent{8, 8}, extent{4, 9}, extent{14, 14}, extent{2, 15},
                extent{16, 16}, extent{5, 17}, extent{3, 28}, extent{6, 33}, extent{4, 32}, extent{1, 13},
                extent{6, 13}, extent{2, 14}, extent{3, 30}, extent{4, 63}>();
    check_one<3, 1, planes, extent{9, 30}, 6>();
}

TEST_CASE("depthwise of other kernels in planes") {
    check_sizes<1, planes, extent{1, 3}, extent{4, 4}, extent{5, 7}, extent{3, lanes + 1}>();
    check_sizes<5, planes, extent{1, 2}, extent{2, 1}, extent{2, 2}, extent{4, 4}, extent{3, 5}, extent{7, 7},
                extent{1, lanes}, extent{6, 9}, extent{8, 8}, extent{5, lanes + 1}, extent{11, 11},
                extent{3, 33}>();
    check_sizes<7, planes, extent{2, 3}, extent{4, 4}, extent{9, 1}, extent{5, 7}, extent{8, 10},
                extent{16, 16}, extent{3, 17}>();
    check_sizes<9, planes, extent{3, 2}, extent{4, 4}, extent{6, 11}, extent{2, 33}>();
}

TEST_CASE("depthwise of stride 2 in planes") {
    check_sizes_by_2<3, planes, extent{1, 2}, extent{2, 1}, extent{2, 2}, extent{7, 1}, extent{1, lanes - 1},
                     extent{1, lanes}, extent{1, lanes + 1}, extent{4, 4}, extent{5, 7}, extent{3, 8},
                     extent{8, 8}, extent{7, 9}, extent{15, 14}, extent{4, 16}, extent{3, 17}, extent{2, 33},
                     extent{5, 8}, extent{3, 13}, extent{3, 28}, extent{2, 31}, extent{3, 32},
                     extent{1, 56}>();
    check_sizes_by_2<1, planes, extent{2, 1}, extent{3, 2}, extent{5, 7}, extent{2, lanes}>();
    check_sizes_by_2<5, planes, extent{1, 2}, extent{2, 1}, extent{3, 3}, extent{4, 8}, extent{5, 9},
                     extent{2, 17}>();
    check_sizes_by_2<7, planes, extent{2, 2}, extent{3, 5}, extent{4, 16}, extent{1, 9}>();
    check_one<3, 2, planes, extent{16, 16}, 6>();
}

TEST_CASE("depthwise of stride 3") {
    check_one<3, 3, planes, extent{9, 6}>();
    check_one<5, 3, planes, extent{12, 21}>();
    check_one<5, 3, planes_to_groups, extent{6, 9}>();
}

TEST_CASE("depthwise in groups, whole, gathered from groups and from planes") {
    check_sizes<3, whole_groups, extent{1, 1}, extent{1, 2}, extent{3, 1}, extent{2, 2}, extent{4, 4},
                extent{5, 7}, extent{3, 9}>();
    check_sizes<3, scattered_groups, extent{1, 1}, extent{2, 2}, extent{3, 5}, extent{7, 7}>();
    check_sizes<3, planes_to_groups, extent{2, 1}, extent{2, 2}, extent{3, 5}, extent{1, lanes + 1}>();
    check_sizes<1, whole_groups, extent{3, 2}>();
    check_sizes<5, whole_groups, extent{1, 1}, extent{2, 3}, extent{7, 7}, extent{1, 17}>();
    check_sizes<7, scattered_groups, extent{1, 1}, extent{4, 2}, extent{5, 8}>();
}

TEST_CASE("depthwise of stride 2 in groups") {
    check_sizes_by_2<3, whole_groups, extent{1, 1}, extent{2, 1}, extent{4, 4}>();
    check_sizes_by_2<3, scattered_groups, extent{1, 1}, extent{3, 2}>();
    check_sizes_by_2<3, planes_to_groups, extent{1, 1}, extent{2, 2}, extent{4, 4}, extent{3, 9}>();
    check_sizes_by_2<1, planes_to_groups, extent{1, 1}, extent{2, 3}>();
    check_sizes_by_2<5, planes_to_groups, extent{1, 1}, extent{3, 5}>();
    check_sizes_by_2<7, whole_groups, extent{2, 3}>();
}

TEST_CASE("depthwise with other activations") {
    check_one<3, 1, planes, extent{5, 30}, 5, activation::hard_swish>();
    check_one<3, 2, planes, extent{6, 32}, 5, activation::leaky_relu(0.1)>();
    check_one<5, 1, scattered_groups, extent{3, 3}, 5, activation::hard_swish>();
    constexpr auto relu6 = activation::relu6;
    check_one<3, 1, planes, extent{5, 30}, 5, relu6>();
    check_one<3, 2, planes, extent{6, 32}, 5, relu6>();
    check_one<5, 1, planes, extent{5, 7}, 5, relu6>();
    check_one<3, 1, scattered_groups, extent{3, 3}, 5, relu6>();
}

TEST_CASE("depthwise over awkward numbers of channels") {
    check_one<3, 1, planes, extent{6, 6}, 1>();
    check_one<3, 2, planes, extent{6, 6}, 4>();
    check_one<3, 2, planes, extent{6, 6}, 13>();
    check_one<3, 1, whole_groups, extent{3, 3}, lanes - 1>();
    check_one<3, 1, whole_groups, extent{3, 3}, lanes>();
    check_one<3, 1, scattered_groups, extent{3, 3}, lanes + 1>();
    check_one<3, 1, planes_to_groups, extent{3, 3}, 2 * lanes + 4>();
    check_one<3, 2, planes_to_groups, extent{4, 4}, 1>();
    check_one<3, 2, scattered_groups, extent{4, 4}, 58>();
}
