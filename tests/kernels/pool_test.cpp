// SPDX-License-Identifier: BSD-3-Clause
// Pools, and what else has no weights, or slopes alone.
#include "activations.hpp"
#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes > 1 ? native_lanes : 4;  // around which sizes are tried

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

/// A kernel that takes any size: of one pixel, and around one vector of pixels and of channels.
template <kernel_case Case>
void check_sizes() {
    constexpr kernel_shape shape = select(op_of(Case), Case.layout, native_lanes);
    const any_kernel tried = kernel_of<shape>();
    for (const int channels : {1, lanes - 1, lanes, lanes + 1}) {
        for (const extent size :
             {extent{1, 1}, extent{1, lanes - 1}, extent{1, lanes}, extent{1, lanes + 1}, extent{3, 5}}) {
            kernel_case k = Case;
            k.in = k.out = channels;
            k.size = size;
            check(k, tried);
            check_not_a_number(k, tried);
        }
    }
}

template <activation Act, op_layout... Layout>
void check_activation() {
    (check_sizes<kernel_case{
         .kind = op_kind::activate, .size = {1, 1}, .act = Act, .layout = Layout, .largest = 9}>(),
     ...);
}

/// Lanes beside the channels are full of what is not a number.
template <op_kind Kind, bool OneSlope, op_layout... Layout>
void check_kind() {
    (check_sizes<kernel_case{
         .kind = Kind, .size = {1, 1}, .layout = Layout, .largest = 9, .one_slope = OneSlope}>(),
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

TEST_CASE("an activation by itself") {
    check_activation<activation::relu, planes, scattered_groups>();
    check_activation<activation::clip(-0.5, 3), planes, whole_groups>();
    check_activation<activation::relu6, planes_to_groups>();
    check_activation<activation::leaky_relu(), planes, whole_groups>();
    check_activation<activation::leaky_relu(-2), planes>();
    check_activation<activation::elu(), planes, whole_groups>();
    check_activation<activation::sigmoid, planes, whole_groups, scattered_groups, groups_to_planes>();
    check_activation<activation::tanh, planes, whole_groups>();
    check_activation<activation::hard_sigmoid(), planes, whole_groups>();
    check_activation<activation::hard_sigmoid(0.2), planes>();
    check_activation<activation::hard_swish, planes, whole_groups, scattered_groups>();
    check_activation<activation::silu, planes, whole_groups, planes_to_groups>();
    check_activation<activation::gelu, planes, whole_groups, scattered_groups>();
    check_activation<activation::gelu_tanh, planes, whole_groups>();
}

TEST_CASE("activations are PyTorch's, of what is large, not finite or not a number too") {
    activations::check_all();
}

TEST_CASE("a PReLU of a slope for each channel, or of one") {
    check_kind<op_kind::prelu, false, planes, whole_groups, scattered_groups, planes_to_groups>();
    check_kind<op_kind::prelu, true, planes, whole_groups>();
}

TEST_CASE("a softmax over channels") {
    check_kind<op_kind::softmax, false, planes, whole_groups, scattered_groups, groups_to_planes,
               planes_to_groups>();
    check<kernel_case{.kind = op_kind::softmax, .in = 80, .out = 80, .size = {4, 6}, .layout = planes}>();
    check<kernel_case{
        .kind = op_kind::softmax, .in = 83, .out = 83, .size = {2, 3}, .layout = whole_groups}>();
}
