// SPDX-License-Identifier: BSD-3-Clause
#include "plait/kernels/winograd.hpp"

#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes;

/// Of any size and any number of inputs, a kernel is the same: all trials of a shape are of one.
template <int Outputs, op_layout Layout, windowing Window = windowing{.kernel = 3}, int Made = lanes - 1,
          activation Act = activation::none>
struct trial {
    static constexpr kernel_case with(extent size, int in, int out = Made, int groups = 1) {
        return {.kind = op_kind::dense,
                .in = in * groups,
                .out = out * groups,
                .size = size,
                .window = Window.over(size),
                .groups = groups,
                .act = Act,
                .layout = Layout,
                .winograd = Outputs};
    }
    static constexpr kernel_shape shape = select(op_of(with({4, 4}, 1, Made, 1)), Layout, lanes);

    static void check(extent size, int in, int out = Made, int groups = 1) {
        const kernel_case k = with(size, in, out, groups);
        REQUIRE(select(op_of(k), Layout, lanes) == shape);
        INFO("F(" << Outputs << " x " << Outputs << ")");
        kernel_trial::check(k, kernel_of<shape>());
    }
    static void check_not_a_number(extent size, int in) {
        kernel_trial::check_not_a_number(with(size, in), kernel_of<shape>());
    }
};

template <int Outputs, op_layout Layout>
void check_layout() {
    using few = trial<Outputs, Layout>;
    for (const extent size : {extent{1, 1}, extent{1, 2}, extent{2, 1}, extent{3, 5}, extent{4, 4},
                              extent{7, 7}, extent{5, 9}, extent{2, lanes}, extent{6, 4 * lanes + 1}})
        few::check(size, lanes + 1);
    for (const int in : {1, lanes - 1, lanes, 2 * lanes + 3})
        for (const int out : {1, lanes}) few::check({5, 7}, in, out);
    few::check({6, 5}, Layout.in_whole_groups ? lanes : 3, lanes, 3);
    few::check_not_a_number({9, 11}, 3);

    using many = trial<Outputs, Layout, windowing{.kernel = 3}, 4 * lanes + 1, activation::relu>;
    for (const int out : {4 * lanes + 1, 5 * lanes}) many::check({9, 6}, lanes, out);
    many::check({3, 3}, lanes, 5 * lanes - 1, 2);
}

template <int Outputs>
void check_layouts() {
    check_layout<Outputs, planes>();
    check_layout<Outputs, planes_to_groups>();
    check_layout<Outputs, groups_to_planes>();
    check_layout<Outputs, scattered_groups>();
    check_layout<Outputs, whole_groups>();
}

}  // namespace

TEST_CASE("Winograd in tiles of 2 x 2") { check_layouts<2>(); }

TEST_CASE("Winograd in tiles of 4 x 4") { check_layouts<4>(); }

TEST_CASE("Winograd with other padding") {
    constexpr windowing none{.kernel = 3, .pad = 0};
    constexpr windowing uneven{.kernel = 3, .pad = sides{2, 0, 1, 3}};
    for (const extent size : {extent{3, 3}, extent{6, 9}, extent{11, 4}}) {
        trial<4, whole_groups, none>::check(size, 5);
        trial<4, planes, uneven>::check(size, 5);
        trial<2, scattered_groups, uneven>::check(size, lanes + 2);
    }
    constexpr windowing wide{.kernel = 3, .pad = 9};
    trial<4, planes, wide>::check({1, 1}, 2);
    trial<4, whole_groups, wide>::check({2, 3}, 2);
}

TEST_CASE("Winograd of groups of a convolution that are no whole groups of channels") {
    constexpr kernel_case k = trial<4, whole_groups>::with({6, 5}, 3, lanes, 3);
    check<k>();
}

TEST_CASE("Winograd of more tiles than are transformed at a time") {
    using kernel_type = trial<4, whole_groups, windowing{.kernel = 3}, 96, activation::hard_swish>;
    constexpr int tiles = winograd_cut::of(4, 96, 96, {35, 41}, lanes).block;
    static_assert(tiles < 99 && 99 % tiles != 0);
    kernel_type::check({35, 41}, 96, 96);
    trial<2, planes, windowing{.kernel = 3}, 96>::check({24, 23}, 96, 96);
}
