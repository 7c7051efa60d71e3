// SPDX-License-Identifier: BSD-3-Clause
#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes;

template <int Kernel, int Stride, op_layout Layout, extent Size, int In = 3, int Out = 5>
void check_one() {
    constexpr activation act = Out % 2 ? activation::none : activation::relu;
    check<kernel_case{.kind = op_kind::dense,
                      .in = In,
                      .out = Out,
                      .size = Size,
                      .kernel = Kernel,
                      .stride = Stride,
                      .act = act,
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

TEST_CASE("dense 3 x 3 in planes") {
    check_sizes<3, planes, extent{1, 2}, extent{2, 1}, extent{5, 1}, extent{3, 2}, extent{4, lanes - 1},
                extent{4, lanes}, extent{4, lanes + 1}, extent{6, 5}, extent{9, 8}, extent{5, 33}>();
    check_one<3, 1, planes, extent{6, 14}, 1, 1>();
    check_one<3, 1, planes, extent{7, 32}, 3, 24>();
    check_one<3, 1, planes, extent{5, 3 * lanes}, 4, 17>();
    check_one<3, 1, planes, extent{3, 5 * lanes}, 2, 8>();
}

TEST_CASE("dense 3 x 3 of stride 2 in planes") {
    check_sizes_by_2<3, planes, extent{1, 2}, extent{2, 1}, extent{4, 3}, extent{5, lanes - 1},
                     extent{4, lanes}, extent{3, lanes + 1}, extent{9, 7}>();
    check_one<3, 2, planes, extent{18, 28}, 3, 24>();
    check_one<3, 2, planes, extent{2, 2}, 7, 4>();
}

TEST_CASE("dense of other kernels in planes") {
    check_sizes<5, planes, extent{1, 2}, extent{2, 1}, extent{3, 3}, extent{6, 7}, extent{5, lanes + 1}>();
    check_sizes_by_2<5, planes, extent{2, 1}, extent{3, 3}, extent{5, lanes}>();
    check_sizes<7, planes, extent{2, 3}, extent{9, 17}>();
    check_sizes_by_2<7, planes, extent{1, 2}, extent{5, 9}>();
    check_sizes_by_2<1, planes, extent{8, 1}, extent{3, 5}, extent{2, lanes}>();
    check_one<3, 3, planes, extent{9, 12}>();
    check_one<5, 3, planes, extent{6, 9}>();
}

TEST_CASE("dense in groups") {
    check_sizes<3, scattered_groups, extent{1, 1}, extent{1, 2}, extent{3, 3}, extent{4, 7}>();
    check_sizes<5, scattered_groups, extent{1, 1}, extent{4, 3}>();
    check_sizes<3, planes_to_groups, extent{2, 3}>();
    check_sizes_by_2<3, planes_to_groups, extent{1, 1}, extent{3, 4}>();
    check_sizes_by_2<3, whole_groups, extent{1, 1}, extent{2, 5}>();
    check_sizes_by_2<1, planes_to_groups, extent{2, 3}>();
    check_one<3, 1, whole_groups, extent{4, 4}, lanes + 1, lanes - 1>();
    check_one<3, 1, scattered_groups, extent{3, 3}, 6, lanes>();
    check_one<3, 2, planes_to_groups, extent{6, 6}, 7, 4 * lanes + 2>();
}
