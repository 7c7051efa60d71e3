// SPDX-License-Identifier: BSD-3-Clause
// Pools, and the other kernels without weights.
#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes;

template <int Kernel, int Stride, op_layout Layout, extent... Size>
void check_windows() {
    constexpr auto pool = [](op_kind kind, extent size) {
        return kernel_case{.kind = kind,
                           .in = 6,
                           .out = 6,
                           .size = size * Stride,
                           .window = windowing{.kernel = Kernel, .stride = Stride}.over(size * Stride),
                           .layout = Layout};
    };
    (check<pool(op_kind::max_pool, Size)>(), ...);
    (check<pool(op_kind::average_pool, Size)>(), ...);

    constexpr auto inside = [pool](extent size) {
        kernel_case k = pool(op_kind::average_pool, size);
        k.count_include_pad = false;
        return k;
    };
    (check<inside(Size)>(), ...);
}

template <int Channels, op_layout Layout, extent... Size>
void check_global() {
    (check<kernel_case{.kind = op_kind::global_average_pool,
                       .in = Channels,
                       .out = Channels,
                       .size = Size,
                       .layout = Layout}>(),
     ...);
}

template <int Channels, op_layout Layout, extent... Size>
void check_add() {
    constexpr auto relu = activation::relu;
    (check<kernel_case{
         .kind = op_kind::add, .in = Channels, .out = Channels, .size = Size, .layout = Layout}>(),
     ...);
    (check<kernel_case{.kind = op_kind::add,
                       .in = Channels,
                       .out = Channels,
                       .size = Size,
                       .act = relu,
                       .layout = Layout}>(),
     ...);
}

template <activation Act, op_layout Layout, extent... Size>
void check_activation() {
    (check<kernel_case{
         .kind = op_kind::activate, .in = 5, .out = 5, .size = Size, .act = Act, .layout = Layout}>(),
     ...);
}

template <int Channels, op_layout Layout, extent... Size>
void check_softmax() {
    (check<kernel_case{
         .kind = op_kind::softmax, .in = Channels, .out = Channels, .size = Size, .layout = Layout}>(),
     ...);
}

template <int Factor, op_layout Layout, extent... Size>
void check_upsample() {
    (check<kernel_case{
         .kind = op_kind::upsample, .in = 5, .out = 5, .size = Size, .factor = Factor, .layout = Layout}>(),
     ...);
}

}  // namespace

TEST_CASE("max and average pools in planes") {
    check_windows<3, 1, planes, extent{1, 2}, extent{5, 7}, extent{8, 8}, extent{3, lanes + 1}>();
    check_windows<3, 2, planes, extent{2, 1}, extent{2, 2}, extent{5, 7}, extent{4, 8}, extent{3, lanes},
                  extent{2, lanes + 1}, extent{14, 14}>();
    check_windows<5, 1, planes, extent{2, 1}, extent{4, 4}, extent{6, 9}>();
    check_windows<5, 2, planes, extent{2, 3}, extent{3, lanes + 1}>();
    check_windows<1, 2, planes, extent{3, 1}, extent{2, 5}>();
}

TEST_CASE("max and average pools in groups") {
    check_windows<3, 1, whole_groups, extent{1, 1}, extent{3, 5}>();
    check_windows<3, 2, whole_groups, extent{1, 1}, extent{2, 3}>();
    check_windows<3, 2, scattered_groups, extent{1, 1}, extent{2, 2}>();
    check_windows<3, 2, planes_to_groups, extent{1, 1}, extent{3, 3}, extent{2, 9}>();
    check_windows<5, 1, scattered_groups, extent{4, 3}>();
}

TEST_CASE("a global average pool") {
    constexpr extent row{1, lanes};
    check_global<5, planes_to_groups, extent{1, 2}, extent{1, lanes - 1}, row, extent{5, 7}, extent{8, 9}>();
    check_global<lanes + 1, whole_groups, extent{1, 1}, extent{4, 4}, extent{3, 7}>();
    check_global<lanes - 1, scattered_groups, extent{1, 1}, extent{2, 3}, extent{7, 7}>();
}

TEST_CASE("an add") {
    check_add<5, planes, extent{1, 2}, extent{1, lanes}, extent{3, lanes + 1}, extent{9, 7}>();
    check_add<lanes, whole_groups, extent{1, 1}, extent{3, 5}>();
    check_add<2 * lanes, whole_groups, extent{2, 2}>();
    check_add<lanes + 3, scattered_groups, extent{1, 1}, extent{3, 5}>();
}

TEST_CASE("an activation by itself") {
    check_activation<activation::relu, planes, extent{1, 1}, extent{5, 7}>();
    check_activation<activation::relu6, planes, extent{1, lanes}, extent{3, 3}>();
    check_activation<activation::sigmoid, planes, extent{1, lanes - 1}, extent{1, lanes + 1}, extent{5, 7}>();
    check_activation<activation::sigmoid, whole_groups, extent{1, 1}, extent{3, 2}>();
    check_activation<activation::sigmoid, scattered_groups, extent{2, 3}>();
    check_activation<activation::relu6, planes_to_groups, extent{2, 3}>();
}

TEST_CASE("a softmax over channels") {
    check_softmax<1, planes, extent{2, 2}>();
    check_softmax<5, planes, extent{1, lanes - 1}, extent{1, lanes}, extent{1, lanes + 1}, extent{5, 7}>();
    check_softmax<80, planes, extent{4, 6}>();
    check_softmax<lanes + 3, whole_groups, extent{1, 1}, extent{3, 2}>();
    check_softmax<5, scattered_groups, extent{2, 3}>();
    check_softmax<5, groups_to_planes, extent{2, 3}>();
}

TEST_CASE("an upsampling") {
    check_upsample<1, planes, extent{3, 5}>();
    check_upsample<2, planes, extent{1, 2}, extent{3, 5}, extent{2, lanes + 1}>();
    check_upsample<3, planes, extent{5, 3}>();
    check_upsample<2, groups_to_planes, extent{1, 1}, extent{3, 5}>();
    check_upsample<2, scattered_groups, extent{1, 1}, extent{4, 3}>();
    check_upsample<3, whole_groups, extent{2, 2}>();
}
