// SPDX-License-Identifier: BSD-3-Clause
// A window's sizes as PyTorch has them. Compiling is passing.
#include "plait/core/window.hpp"

#include <doctest/doctest.h>

using namespace plait;

namespace {

constexpr extent made_of(extent in, windowing w) { return w.over(in).outputs(in); }

// Convolutions of torch 1.13.
static_assert(made_of({224, 224}, {.kernel = 7, .stride = 2, .pad = 3}) == extent{112, 112});
static_assert(made_of({225, 223}, {.kernel = 7, .stride = 2, .pad = 3}) == extent{113, 112});
static_assert(made_of({28, 28}, {.kernel = 5, .pad = 0}) == extent{24, 24});
static_assert(made_of({7, 9}, {.kernel = extent{3, 2}, .stride = extent{2, 1}, .pad = extent{1, 0}}) ==
              extent{4, 8});
static_assert(made_of({16, 16}, {.kernel = 3, .dilation = 2, .pad = 2}) == extent{16, 16});
static_assert(made_of({16, 16}, {.kernel = 3, .dilation = 4, .pad = 0}) == extent{8, 8});
static_assert(made_of({4, 4}, {.kernel = 5, .pad = 0}) == extent{0, 0});

// Where nothing is said, a stride of 1 keeps the size.
static_assert(made_of({9, 10}, {.kernel = 5}) == extent{9, 10});
static_assert(made_of({9, 10}, {.kernel = 3, .stride = 2}) == extent{5, 5});
static_assert(made_of({9, 10}, {.kernel = 3, .dilation = 3}) == extent{9, 10});
static_assert(made_of({9, 10}, {.kernel = 2, .stride = 2}) == extent{4, 5});  // side by side
static_assert(made_of({9, 10}, {.kernel = extent{3, 4}, .stride = extent{1, 4}}) == extent{9, 2});

// TensorFlow's SAME.
constexpr windowing same{.kernel = 3, .stride = 2, .pad = padding::tensorflow_same};
static_assert(same.over({8, 9}).rows.before == 0 && same.over({8, 9}).rows.after == 1);
static_assert(same.over({8, 9}).columns.before == 1 && same.over({8, 9}).columns.after == 1);
static_assert(made_of({8, 9}, same) == extent{4, 5});
static_assert(made_of({8, 9}, {.kernel = 1, .stride = 3, .pad = padding::tensorflow_same}) == extent{3, 3});

// Pools with ceil_mode: the last window begins in the map or in the padding before it.
constexpr windowing up{.kernel = 3, .stride = 2, .pad = 0, .ceil_mode = true};
static_assert(made_of({112, 111}, up) == extent{56, 55});
static_assert(up.over({112, 111}).rows.beyond == 1 && up.over({112, 111}).columns.beyond == 0);
static_assert(made_of({6, 6}, {.kernel = 2, .stride = 3, .pad = 0, .ceil_mode = true}) == extent{2, 2});
static_assert(made_of({5, 5}, {.kernel = 2, .stride = 2, .pad = 1, .ceil_mode = true}) == extent{3, 3});

// Taps inside of the map.
constexpr window_axis three = windowing{.kernel = 3}.over({1, 5}).columns;
static_assert(three.taps_inside(5, 5) == 13 && three.taps_of(0, 5, false) == 2 &&
              three.taps_of(0, 5, true) == 3);
static_assert(three.outside_before(0, 5) == 1 && three.outside_after(2, 5, 5) == 1 &&
              three.tap_always_inside(5) == 1);
constexpr window_axis wide = windowing{.kernel = 5, .pad = 4}.over({1, 2}).columns;
static_assert(wide.outputs(2) == 6 && wide.taps_inside(2, 6) == 10 && wide.tap_always_inside(2) == -1);
constexpr window_axis apart = windowing{.kernel = 2, .dilation = 5, .pad = 2}.over({1, 3}).columns;
static_assert(apart.outputs(3) == 2 && !apart.always_reads(3));
// Known at once, however many outputs there are.
constexpr window_axis many =
    windowing{.kernel = 200, .stride = 10, .dilation = 10, .pad = 100}.over({1, 220000}).columns;
static_assert(many.always_reads(220000) && three.always_reads(5) && wide.always_reads(2));
constexpr window_axis before_all = windowing{.kernel = 2, .pad = 2}.over({1, 5}).columns;
static_assert(!before_all.always_reads(5));

}  // namespace

TEST_CASE("a window's sizes are PyTorch's") {}
