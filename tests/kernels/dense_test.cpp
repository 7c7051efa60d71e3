// SPDX-License-Identifier: BSD-3-Clause
#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes > 1 ? native_lanes : 4;  // around which sizes are tried

template <int Kernel, int Stride, op_layout Layout, extent Size, int In = 3, int Out = 5,
          activation Act = Out % 2 ? activation::none : activation::relu>
void check_one() {
    check<kernel_case{.kind = op_kind::dense,
                      .in = In,
                      .out = Out,
                      .size = Size,
                      .window = windowing{.kernel = Kernel, .stride = Stride}.over(Size),
                      .act = Act,
                      .layout = Layout}>();
}

/// `Groups` of a convolution, each from `In` to `Out` channels.
template <int Groups, int In, int Out, windowing Window, extent Size, op_layout... Layout>
void check_groups() {
    (check<kernel_case{.kind = op_kind::dense,
                       .in = Groups * In,
                       .out = Groups * Out,
                       .size = Size,
                       .window = Window.over(Size),
                       .groups = Groups,
                       .act = Out % 2 ? activation::none : activation::relu,
                       .layout = Layout}>(),
     ...);
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

TEST_CASE("dense with other activations") {
    check_one<3, 2, planes, extent{18, 28}, 3, 16, activation::hard_swish>();
    check_one<3, 1, scattered_groups, extent{5, 4}, 3, 16, activation::leaky_relu(0.1)>();
}

TEST_CASE("dense in planes of rows that are one vector") {
    check_sizes<3, planes, extent{10, lanes}, extent{13, lanes - 1}, extent{33, 3}, extent{7, 1}>();
    check_sizes<5, planes, extent{10, lanes}, extent{7, 3}>();
    check_sizes_by_2<3, planes, extent{7, lanes}, extent{10, lanes - 1}>();
    check_sizes_by_2<1, planes, extent{7, lanes}>();
    check_one<3, 1, planes, extent{16, lanes}, 24, 24>();
    check_one<3, 1, planes, extent{14, lanes - 2}, 5, 17>();
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

TEST_CASE("dense in groups in tiles of several pixels and vectors of outputs") {
    check_sizes<3, whole_groups, extent{2, lanes - 1}, extent{3, lanes}, extent{2, lanes + 1}, extent{3, 29},
                extent{2, 61}>();
    check_one<3, 1, whole_groups, extent{7, 7}, 2 * lanes, 5 * lanes>();
    check_one<3, 1, scattered_groups, extent{3, 14}, lanes + 3, 4 * lanes + 1>();
    check_one<3, 1, planes_to_groups, extent{2, 15}, 4, 7 * lanes - 1>();
    check_one<3, 2, whole_groups, extent{6, 28}, lanes, 4 * lanes>();
    check_one<3, 2, scattered_groups, extent{4, 26}, 5, 3 * lanes - 2>();
    check_one<3, 3, planes_to_groups, extent{9, 12}>();
    check_one<3, 3, whole_groups, extent{3, 3}>();
}

TEST_CASE("dense of several groups of a convolution") {
    constexpr windowing three{.kernel = 3};
    constexpr windowing by_2{.kernel = 3, .stride = 2};
    check_groups<3, 2, 1, three, extent{3, 5}, planes, scattered_groups>();
    check_groups<8, 4, 4, three, extent{5, lanes + 1}, planes, scattered_groups, planes_to_groups>();
    check_groups<5, 16, 16, three, extent{7, 7}, planes, whole_groups>();
    check_groups<2, 3, lanes - 1, by_2, extent{6, 9}, planes, scattered_groups>();
    check_groups<2, lanes, lanes, by_2, extent{4, 2 * lanes}, planes, whole_groups>();
    check_groups<3, 4, lanes + 1, three, extent{4, lanes}, planes, scattered_groups>();
    check_groups<3, 5, 20, windowing{.kernel = extent{2, 5}, .pad = 2}, extent{4, 3}, planes,
                 scattered_groups>();
    check_groups<4, 3, 6, three, extent{1, 1}, scattered_groups>();
}

TEST_CASE("dense of other kernels in groups") {
    check_sizes<5, whole_groups, extent{2, 2}, extent{6, 9}>();
    check_sizes<7, planes_to_groups, extent{1, 1}, extent{2, 3}, extent{9, 17}>();
    check_sizes_by_2<5, planes_to_groups, extent{2, 1}, extent{3, 10}>();
    check_sizes_by_2<7, planes_to_groups, extent{1, 1}, extent{1, 2}, extent{5, 9}>();
    check_one<7, 2, planes_to_groups, extent{10, 44}, 3, 4 * lanes>();
    check_one<5, 3, whole_groups, extent{6, 9}>();
    check_one<1, 2, whole_groups, extent{6, 14}, 2 * lanes, 4 * lanes>();
    check_one<1, 2, scattered_groups, extent{4, 18}, lanes + 1, 3 * lanes + 1>();
    check_one<1, 2, planes_to_groups, extent{2, 30}, 5, lanes + 1>();
}

TEST_CASE("dense in groups of more inputs and output rows than are added up at a time") {
    constexpr int out = 4 * lanes;
    constexpr extent size{dense_block_values / (24 * lanes) + 1, 12};
    constexpr op o{.kind = op_kind::dense,
                   .window = windowing{.kernel = 5}.over(size),
                   .in = {size, 0, 1},
                   .out = {size, 1, out}};
    constexpr kernel_shape shape = select(o, whole_groups, native_lanes);
    static_assert(shape.row_block < size.height);
    constexpr int inputs = has_vector_unit ? shape.input_block : 8;  // of one lane there are no groups
    check_one<5, 1, whole_groups, size, inputs + 1, out>();
    check_one<5, 1, scattered_groups, extent{3, 9}, 2 * inputs, out - 1>();
    check_one<5, 1, planes_to_groups, extent{3, 9}, 2 * inputs + 2, 3 * lanes + 1>();
}
