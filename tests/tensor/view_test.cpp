// SPDX-License-Identifier: BSD-3-Clause
// Split, concat, crossover and shuffle of tensors are views: the planes stay where they are.
#include "plait/tensor/view.hpp"

#include <type_traits>

#include <doctest/doctest.h>

#include "plait/blocks/crossover.hpp"

using namespace plait;

namespace {

template <int Channels, int Height = 1, int Width = 2>
constexpr auto numbered(int first = 0) {
    tensor<int, shape{Channels, Height, Width}> t;
    for (int i = 0; i < t.size(); ++i) t[i] = 100 * (first + i / (Height * Width)) + i % (Height * Width);
    return t;
}

/// The number of the channel that view channel `c` shows.
template <class View>
constexpr int shown(const View& view, int c) {
    return view(c, 0, 0) / 100;
}

template <class View, int Count>
constexpr bool shows(const View& view, const int (&channels)[Count]) {
    if (View::dimensions.channels != Count) return false;
    for (int c = 0; c < Count; ++c) {
        if (shown(view, c) != channels[c]) return false;
    }
    return true;
}

constexpr auto eight = numbered<8, 2, 3>();
constexpr auto four = numbered<4, 2, 3>(8);

// All in constant expressions.
constexpr auto parts = split<ratio{3, 8}>(eight);
static_assert(shows(parts.first, {0, 1, 2}));
static_assert(shows(parts.second, {3, 4, 5, 6, 7}));
static_assert(shows(slice<2, 4>(eight), {2, 3}));
static_assert(shows(shuffle<2>(eight), {0, 4, 1, 5, 2, 6, 3, 7}));
static_assert(shows(shuffle<4>(eight), {0, 2, 4, 6, 1, 3, 5, 7}));
static_assert(shows(shuffle<4>(shuffle<2>(eight)), {0, 1, 2, 3, 4, 5, 6, 7}));
static_assert(shows(concat(four, parts.first), {8, 9, 10, 11, 0, 1, 2}));
static_assert(shows(concat(parts.second, four, parts.first), {3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2}));
static_assert(shows(shuffle<2>(concat(four, slice<0, 2>(shuffle<2>(eight)))), {8, 11, 9, 0, 10, 4}));

// Crossover of t = {8 9 | 10 11} and the bank {0 1 2 3 | 4 5 6 7}.
constexpr auto port = crossover<order::port>(four, eight);
static_assert(shows(port.mixed, {4, 5, 6, 7, 10, 11}) && shows(port.passed, {8, 9, 0, 1, 2, 3}));
constexpr auto article = crossover<order::article>(four, eight);
static_assert(shows(article.mixed, {10, 11, 0, 1, 2, 3}) && shows(article.passed, {4, 5, 6, 7, 8, 9}));
constexpr auto plus = crossover<order::plus>(four, eight);
static_assert(shows(plus.mixed, {10, 11, 4, 5, 6, 7}) && shows(plus.passed, {8, 9, 0, 1, 2, 3}));

// A view is as good as a tensor, and no larger than its pointers.
static_assert(viewable<tensor<int, shape{2, 1, 1}>> && viewable<decltype(shuffle<2>(eight))> &&
              !viewable<int>);
static_assert(std::is_trivially_copyable_v<decltype(port.mixed)>);
static_assert(sizeof(shuffle<2>(eight)) == sizeof(int*));
static_assert(sizeof(concat(eight, four)) == 2 * sizeof(int*));

static_assert(to_tensor(shuffle<4>(shuffle<2>(eight))) == eight);
static_assert(to_tensor(concat(slice<0, 3>(eight), slice<3, 8>(eight))) == eight);

}  // namespace

TEST_CASE("a view's planes are the planes of its tensors") {
    auto a = numbered<8, 2, 3>();
    const auto b = numbered<4, 2, 3>(8);
    const auto shuffled = shuffle<2>(a);
    for (int c = 0; c < 8; ++c) CHECK(shuffled.channel(c) == a.channel(c % 2 * 4 + c / 2));

    const auto [first, second] = split<ratio{1, 4}>(a);
    CHECK(first.channel(1) == a.channel(1));
    CHECK(second.channel(0) == a.channel(2));
    CHECK(second.channel(5) == a.channel(7));

    const auto joined = concat(second, b, first);
    CHECK(joined.channel(0) == a.channel(2));
    CHECK(joined.channel(6) == b.channel(0));
    CHECK(joined.channel(11) == a.channel(1));

    const auto crossed = crossover<order::port>(b, a);
    CHECK(crossed.mixed.channel(0) == a.channel(4));
    CHECK(crossed.mixed.channel(5) == b.channel(3));
    CHECK(crossed.passed.channel(1) == b.channel(1));

    a(4, 1, 2) = -7;
    CHECK(shuffled(1, 1, 2) == -7);
    CHECK(crossed.mixed(0, 1, 2) == -7);
}

TEST_CASE("a tensor of a view is a copy") {
    auto a = numbered<6>();
    const auto copy = to_tensor(shuffle<3>(a));
    a(2, 0, 1) = -1;
    CHECK(copy(1, 0, 1) == 201);
    CHECK(shuffle<3>(a)(1, 0, 1) == -1);
}
