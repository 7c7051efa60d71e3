// SPDX-License-Identifier: BSD-3-Clause
// Every kernel under windows that are not square, centred or whole: convolutions and pools alike.
#include "kernel_trial.hpp"

using namespace plait;
using namespace kernel_trial;

namespace {

constexpr int lanes = native_lanes > 1 ? native_lanes : 4;  // around which sizes are tried

template <op_kind Kind, windowing Window, op_layout Layout, extent Size, bool CountsPadding = true>
void check_one() {
    constexpr bool dense = Kind == op_kind::dense;
    check<kernel_case{.kind = Kind,
                      .in = dense ? 3 : 5,
                      .out = 5,
                      .size = Size,
                      .window = Window.over(Size),
                      .count_include_pad = CountsPadding,
                      .layout = Layout}>();
}

template <windowing Window, op_layout Layout, extent Size>
void check_convolutions() {
    check_one<op_kind::dense, Window, Layout, Size>();
    check_one<op_kind::depthwise, Window, Layout, Size>();
}

template <windowing Window, op_layout Layout, extent Size>
void check_pools() {
    check_one<op_kind::max_pool, Window, Layout, Size>();
    check_one<op_kind::average_pool, Window, Layout, Size, true>();
    check_one<op_kind::average_pool, Window, Layout, Size, false>();
}

template <windowing Window, extent... Size>
void check_all() {
    ((check_convolutions<Window, planes, Size>(), check_pools<Window, planes, Size>()), ...);
    ((check_convolutions<Window, whole_groups, Size>(), check_pools<Window, whole_groups, Size>()), ...);
}

/// A transposed convolution, which `Window` undoes.
template <windowing Window, int More, op_layout Layout, extent Size, int In, int Out>
void check_transposed() {
    constexpr window undone = [] {
        window made = Window.over(Size);
        made.rows.after -= More;
        made.columns.after -= More;
        return made;
    }();
    check<kernel_case{.kind = op_kind::conv_transpose,
                      .in = In,
                      .out = Out,
                      .size = Size,
                      .window = undone,
                      .act = Out % 2 ? activation::none : activation::relu,
                      .layout = Layout}>();
}

template <windowing Window, int More, extent Size, int In, int Out>
void check_transposed_layouts() {
    check_transposed<Window, More, planes, Size, In, Out>();
    check_transposed<Window, More, scattered_groups, Size, In, Out>();
}

}  // namespace

TEST_CASE("transposed convolutions") {
    constexpr windowing two{.kernel = 2, .stride = 2, .pad = 0};
    constexpr windowing three{.kernel = 3, .stride = 2, .pad = 1};
    constexpr windowing four{.kernel = 4, .stride = 2, .pad = 1};
    check_transposed_layouts<two, 0, extent{3, lanes + 1}, 3, 5>();
    check_transposed_layouts<two, 0, extent{1, 1}, 4, lanes + 1>();
    check_transposed_layouts<three, 1, extent{4, lanes}, 5, 8>();
    check_transposed_layouts<three, 0, extent{3, lanes + 1}, 3, 4>();
    check_transposed_layouts<three, 0, extent{1, 2}, 3, 7>();
    check_transposed_layouts<four, 0, extent{5, lanes - 1}, 4, 6>();
    check_transposed_layouts<four, 0, extent{2, 2 * lanes + 1}, 2, 17>();
    check_transposed_layouts<windowing{.kernel = 2, .stride = 2, .pad = 1}, 0, extent{4, 5}, 3, 5>();
    check_transposed_layouts<windowing{.kernel = 2, .stride = 3, .pad = 0}, 2, extent{3, 7}, 3, 5>();
    check_transposed_layouts<windowing{.kernel = 5, .stride = 3, .pad = 2}, 1, extent{3, lanes}, 3, 5>();
    check_transposed_layouts<windowing{.kernel = 3, .pad = 1}, 0, extent{4, 9}, 3, 5>();
    check_transposed_layouts<windowing{.kernel = extent{3, 4}, .stride = extent{1, 2}, .pad = 2}, 0,
                             extent{5, 6}, 3, 5>();
    check_transposed<four, 0, planes_to_groups, extent{3, 5}, 4, lanes>();
    check_transposed<four, 0, groups_to_planes, extent{3, 5}, 4, 3>();
}

TEST_CASE("even windows") {
    check_all<windowing{.kernel = 2, .stride = 2, .pad = 0}, extent{6, 2 * lanes}, extent{7, 9}>();
    check_all<windowing{.kernel = 2, .pad = padding::tensorflow_same}, extent{5, lanes + 1}>();
    check_all<windowing{.kernel = 4, .stride = 4, .pad = 0}, extent{8, 13}, extent{4, 4 * lanes + 3}>();
    check_convolutions<windowing{.kernel = 4, .stride = 2, .pad = 1}, planes_to_groups, extent{6, 8}>();
}

TEST_CASE("windows that are not square") {
    check_all<windowing{.kernel = extent{3, 1}}, extent{4, lanes - 1}>();
    check_all<windowing{.kernel = extent{1, 5}}, extent{3, lanes + 3}>();
    constexpr windowing high{.kernel = extent{5, 3}, .stride = extent{1, 2}, .pad = sides{0, 1, 2, 2}};
    check_all<high, extent{7, 10}, extent{5, 2 * lanes + 1}>();
    constexpr windowing lopsided{.kernel = extent{2, 3}, .stride = extent{2, 1}, .pad = sides{1, 0, 0, 1}};
    check_convolutions<lopsided, scattered_groups, extent{5, 4}>();
}

TEST_CASE("windows whose stride does not divide the map") {
    check_all<windowing{.kernel = 3, .stride = 2}, extent{7, 7}, extent{4, 2 * lanes + 1}>();
    check_all<windowing{.kernel = 5, .stride = 2}, extent{9, 6}>();
    check_all<windowing{.kernel = 3, .stride = 2, .pad = 0}, extent{8, 2 * lanes}>();
    check_all<windowing{.kernel = 3, .stride = 2, .pad = padding::tensorflow_same}, extent{6, 9}>();
    check_all<windowing{.kernel = 1, .stride = 2}, extent{5, 7}>();
    check_all<windowing{.kernel = 1, .stride = 3, .pad = 0}, extent{4, 8}>();
    check_all<windowing{.kernel = 1, .stride = 64, .pad = 0}, extent{1, 65}>();
}

TEST_CASE("dilated windows") {
    check_all<windowing{.kernel = 3, .dilation = 2}, extent{6, lanes + 2}>();
    check_all<windowing{.kernel = extent{2, 3}, .dilation = extent{3, 1}, .pad = 0}, extent{5, 7}>();
    check_convolutions<windowing{.kernel = 3, .stride = 2, .dilation = 3}, planes, extent{9, 8}>();
    check_convolutions<windowing{.kernel = 3, .dilation = 12}, planes, extent{5, 6}>();
    check_convolutions<windowing{.kernel = 3, .dilation = 12}, whole_groups, extent{5, 6}>();
}

TEST_CASE("windows that are cropped, or larger than the map") {
    check_all<windowing{.kernel = 5, .pad = 0}, extent{5, 5}, extent{6, lanes + 4}>();
    check_convolutions<windowing{.kernel = 5, .pad = 4}, planes, extent{2, 3}>();
    check_convolutions<windowing{.kernel = 5, .pad = 4}, whole_groups, extent{2, 3}>();
    check_convolutions<windowing{.kernel = 1, .pad = 1}, planes, extent{3, lanes - 1}>();
    check_convolutions<windowing{.kernel = 1, .pad = 1}, whole_groups, extent{2, 2}>();
    check_convolutions<windowing{.kernel = 3, .pad = 2 * lanes + 1}, planes, extent{3, 4}>();
}

TEST_CASE("windows of many taps") {
    check_all<windowing{.kernel = 11}, extent{6, 9}>();
    check_all<windowing{.kernel = extent{1, 31}}, extent{2, lanes + 5}>();
    check_all<windowing{.kernel = 12, .stride = 3, .pad = 0}, extent{13, 20}>();
}

TEST_CASE("pools that round up") {
    check_pools<windowing{.kernel = 3, .stride = 2, .pad = 0, .ceil_mode = true}, planes,
                extent{6, 2 * lanes}>();
    check_pools<windowing{.kernel = 3, .stride = 2, .pad = 0, .ceil_mode = true}, whole_groups,
                extent{6, 4}>();
    check_pools<windowing{.kernel = 3, .stride = 3, .pad = 1, .ceil_mode = true}, planes, extent{5, 9}>();
    check_pools<windowing{.kernel = 2, .stride = 2, .pad = 1, .ceil_mode = true}, whole_groups,
                extent{5, 4}>();
    check_pools<windowing{.kernel = 2, .stride = 3, .pad = 0, .ceil_mode = true}, planes, extent{6, 6}>();
}

TEST_CASE("windows that take maps from groups to planes") {
    check_convolutions<windowing{.kernel = 3, .pad = 2}, groups_to_planes, extent{5, lanes}>();
    check_convolutions<windowing{.kernel = 1, .pad = 1}, groups_to_planes, extent{3, 4}>();
    check_convolutions<windowing{.kernel = 5, .stride = 2}, groups_to_planes, extent{7, 9}>();
    check_convolutions<windowing{.kernel = 3, .stride = 3}, groups_to_planes, extent{4, 3 * lanes + 2}>();
    check_pools<windowing{.kernel = 3, .stride = 1}, groups_to_planes, extent{4, 5}>();
}
