// SPDX-License-Identifier: BSD-3-Clause
#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes > 1 ? native_lanes : 4;  // around which sizes are tried

template <extent Size, int In, op_layout Layout, int... Out>
void check_outputs() {
    (check<kernel_case{.kind = op_kind::pointwise, .in = In, .out = Out, .size = Size, .layout = Layout}>(),
     ...);
}

template <int In, int Out, activation Act, op_layout Layout>
void check_one() {
    check<kernel_case{
        .kind = op_kind::pointwise, .in = In, .out = Out, .size = {5, 7}, .act = Act, .layout = Layout}>();
}

/// `Groups` of a convolution, each from `In` to `Out` channels.
template <int Groups, int In, int Out, extent Size, op_layout... Layout>
void check_groups() {
    (check<kernel_case{.kind = op_kind::pointwise,
                       .in = Groups * In,
                       .out = Groups * Out,
                       .size = Size,
                       .groups = Groups,
                       .act = Out % 2 ? activation::none : activation::relu,
                       .layout = Layout}>(),
     ...);
}

template <extent Size, int Out, op_layout... Layout>
void check_flattened() {
    (check<kernel_case{.kind = op_kind::linear, .in = 5, .out = Out, .size = Size, .layout = Layout}>(), ...);
    (check<kernel_case{
         .kind = op_kind::linear, .in = lanes + 3, .out = Out, .size = Size, .layout = Layout}>(),
     ...);
}

template <int Out>
void check_linear() {
    constexpr auto linear = [](int in) {
        return kernel_case{
            .kind = op_kind::linear, .in = in, .out = Out, .size = {1, 1}, .layout = scattered_groups};
    };
    check<linear(1)>();
    check<linear(7)>();
    check<linear(8)>();
    check<linear(33)>();
}

}  // namespace

TEST_CASE("pointwise convolution in planes, by tiles of outputs") {
    check_outputs<extent{1, lanes - 1}, 3, planes, 1, 8, 16, 17>();
    check_outputs<extent{1, lanes}, 24, planes, 1, 15, 16, 33>();
    check_outputs<extent{1, lanes + 1}, 5, planes, 1, 2, 7, 8, 9, 13>();
    check_outputs<extent{3, lanes}, 12, planes, 1, 4, 5, 6, 11, 24>();
    check_outputs<extent{2, 2 * lanes}, 58, planes, 1, 3, 4, 5, 58>();
    check_outputs<extent{5, lanes}, 1, planes, 2, 9>();
    check_outputs<extent{9, 9}, 7, planes, 10>();
    check_outputs<extent{17, 7}, 6, planes, 20>();
    check_outputs<extent{16, 16}, 44, planes, 36>();
    check_outputs<extent{2, 1}, 3, planes, 5>();
    check_outputs<extent{33, 1}, 2, planes, 3>();
    check_outputs<extent{14, 14}, 13, planes, 1, 3, 7, 45, 48>();
    check_outputs<extent{1, 2 * lanes + 3}, 5, planes, 1, 6, 21>();
    check_outputs<extent{1, lanes + 4}, 2, planes, 17>();
}

TEST_CASE("pointwise convolution in groups, by tiles of pixels") {
    check_outputs<extent{1, 1}, 3, scattered_groups, 1, lanes - 1, lanes, lanes + 1, 3 * lanes,
                  3 * lanes + 1>();
    check_outputs<extent{1, 2}, 12, scattered_groups, 1, 58>();
    check_outputs<extent{2, 2}, 1, scattered_groups, 24, 4 * lanes>();
    check_outputs<extent{3, 3}, 33, scattered_groups, lanes, 2 * lanes + 1>();
    check_outputs<extent{4, 4}, 96, whole_groups, 96>();
    check_outputs<extent{5, 7}, 20, whole_groups, 44, 5 * lanes>();
    check_outputs<extent{8, 9}, 7, scattered_groups, 36>();
}

TEST_CASE("pointwise convolution from planes to groups") {
    check_outputs<extent{1, 2}, 4, planes_to_groups, 6>();
    check_outputs<extent{3, 5}, 12, planes_to_groups, 1, lanes - 1, lanes, lanes + 1, 116>();
    check_outputs<extent{8, 8}, 58, planes_to_groups, 58>();
}

TEST_CASE("pointwise convolution with each activation that kernels apply themselves") {
    check_one<6, 20, activation::clip(-0.5, 0.25), planes>();
    check_one<6, 20, activation::leaky_relu(), planes>();
    check_one<6, 20, activation::leaky_relu(), scattered_groups>();
    check_one<6, 20, activation::hard_sigmoid(), planes>();
    check_one<6, 20, activation::hard_swish, planes>();
    check_one<6, 20, activation::hard_swish, planes_to_groups>();
    check_one<6, 20, activation::relu6, planes>();
    check_one<6, 20, activation::relu6, planes_to_groups>();
    check_one<6, 20, activation::relu, planes>();
    check_one<6, 20, activation::relu, scattered_groups>();
    check_one<6, 20, activation::relu, planes_to_groups>();
}

TEST_CASE("pointwise convolution of several groups") {
    check_groups<3, 5, 1, extent{3, 5}, planes, scattered_groups>();
    check_groups<2, 7, lanes - 1, extent{2, lanes}, planes, scattered_groups, planes_to_groups>();
    check_groups<4, lanes, lanes, extent{4, 4}, planes, whole_groups>();
    check_groups<3, 3, lanes + 1, extent{1, lanes + 4}, planes, scattered_groups>();
    check_groups<3, 8, 20, extent{7, 7}, planes, scattered_groups>();
    check_groups<8, 4, 4, extent{1, 1}, scattered_groups>();
}

TEST_CASE("a linear layer of all values of a map") {
    constexpr op_layout planes_to_single{.in_step = 1, .out_step = lanes};
    check_flattened<extent{7, 7}, 10, planes_to_single, scattered_groups, whole_groups>();
    check_flattened<extent{2, 1}, 1, planes_to_single, scattered_groups>();
    check_flattened<extent{1, lanes - 1}, lanes + 1, planes_to_single, scattered_groups>();
    check_flattened<extent{4, lanes}, 2 * lanes, planes_to_single>();
    check_flattened<extent{3, lanes + 1}, 5 * lanes - 1, planes_to_single, whole_groups>();
}

TEST_CASE("a linear layer") {
    check_linear<1>();
    check_linear<10>();
    check_linear<17>();
    check_linear<lanes>();
    check_linear<4 * lanes>();
    check_linear<100>();
    check<kernel_case{
        .kind = op_kind::linear, .in = 192, .out = 1000, .size = {1, 1}, .layout = whole_groups}>();
}
