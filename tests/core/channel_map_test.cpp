// SPDX-License-Identifier: BSD-3-Clause
// Compiling is passing: every statement about channel maps is a static_assert.
#include "plait/core/channel_map.hpp"

#include <utility>

#include <doctest/doctest.h>

#include "plait/blocks/crossover.hpp"

using namespace plait;

namespace {

// Shuffle, for every number of channels up to 64 and every number of groups that divides it.

constexpr int most_channels = 64;

/// The definition, written out: channels in rows, one row a group, read column by column.
template <int Channels>
constexpr channel_map<Channels> reshape_transpose_flatten(int groups) {
    const int each = Channels / groups;
    int matrix[Channels][Channels]{};
    int transposed[Channels][Channels]{};
    int next = 0;
    for (int row = 0; row < groups; ++row) {
        for (int column = 0; column < each; ++column) matrix[row][column] = next++;
    }
    for (int row = 0; row < groups; ++row) {
        for (int column = 0; column < each; ++column) transposed[column][row] = matrix[row][column];
    }
    channel_map<Channels> flat;
    next = 0;
    for (int row = 0; row < each; ++row) {
        for (int column = 0; column < groups; ++column) flat.from[next++] = transposed[row][column];
    }
    return flat;
}

template <int Channels>
constexpr bool shuffles_are_right() {
    constexpr auto same = identity_map<Channels>();
    for (int groups = 1; groups <= Channels; ++groups) {
        if (Channels % groups != 0) continue;
        const auto map = shuffle<Channels>(groups);
        if (map != reshape_transpose_flatten<Channels>(groups)) return false;
        if (!is_permutation(map)) return false;
        if (compose(map, shuffle<Channels>(Channels / groups)) != same) return false;
        if (compose(map, inverse(map)) != same || compose(inverse(map), map) != same) return false;
        if (inverse(map) != shuffle<Channels>(Channels / groups)) return false;
    }
    return true;
}

template <int... ChannelsLessOne>
constexpr bool all_shuffles_are_right(std::integer_sequence<int, ChannelsLessOne...>) {
    return (shuffles_are_right<ChannelsLessOne + 1>() && ...);
}
static_assert(all_shuffles_are_right(std::make_integer_sequence<int, most_channels>{}));

// By hand: [0 1 2 / 3 4 5] read column by column.
static_assert(shuffle<6>(2) == channel_map<6>{{0, 3, 1, 4, 2, 5}});
static_assert(shuffle<6>(3) == channel_map<6>{{0, 2, 4, 1, 3, 5}});
static_assert(shuffle<6>(1) == identity_map<6>() && shuffle<6>(6) == identity_map<6>());

// Even channels first, then the odd ones: how the first authors' unit shuffles.
static_assert(shuffle<8>(4) == channel_map<8>{{0, 2, 4, 6, 1, 3, 5, 7}});

// Split and concat.

static_assert(identity_map<3>() == channel_map<3>{{0, 1, 2}});
static_assert(identity_map<5>().size() == 5 && identity_map<5>()[3] == 3);

constexpr auto parts = split<6>(shuffle<16>(2));
static_assert(parts.first.size() == 6 && parts.second.size() == 10);
static_assert(parts.first == channel_map<6>{{0, 8, 1, 9, 2, 10}});
static_assert(concat(parts.first, parts.second) == shuffle<16>(2));
static_assert(concat(parts.second, parts.first) != shuffle<16>(2));
static_assert(is_permutation(concat(parts.second, parts.first)));
static_assert(slice<6, 9>(shuffle<16>(2)) == channel_map<3>{{3, 11, 4}});
static_assert(concat(identity_map<2>(), channel_map<1>{{7}}, channel_map<2>{{5, 4}}) ==
              channel_map<5>{{0, 1, 7, 5, 4}});

template <int Channels, int First>
constexpr bool split_and_concat_agree() {
    const auto map = shuffle<Channels>(2);
    const auto both = split<First>(map);
    return concat(both.first, both.second) == map;
}
static_assert(split_and_concat_agree<48, 1>() && split_and_concat_agree<48, 18>());
static_assert(split_and_concat_agree<48, 24>() && split_and_concat_agree<48, 47>());

// A part of a map, or a map that names a channel twice, is no permutation.
static_assert(!is_permutation(parts.first));
static_assert(!is_permutation(channel_map<3>{{0, 1, 1}}));
static_assert(!is_permutation(channel_map<3>{{0, 1, 3}}));
static_assert(!is_permutation(channel_map<3>{{0, 1, -1}}));

// compose: first one, then the other.
static_assert(compose(channel_map<4>{{3, 2, 1, 0}}, channel_map<4>{{1, 2, 3, 0}}) ==
              channel_map<4>{{2, 1, 0, 3}});
static_assert(compose(channel_map<4>{{3, 2, 1, 0}}, channel_map<2>{{1, 1}}) == channel_map<2>{{2, 2}});
static_assert(inverse(channel_map<4>{{1, 2, 3, 0}}) == channel_map<4>{{3, 0, 1, 2}});

// Crossover: of ten channels four are transformed, t1 = {0, 1} and t2 = {2, 3}; the bank is
// b1 = {4, 5, 6} and b2 = {7, 8, 9}.

constexpr auto channels = split<4>(identity_map<10>());
constexpr auto crossed_by(order variant) { return crossover(variant, channels.first, channels.second); }

// port: the second pointwise convolution reads [b2, t2]; [t1, b1] passes.
static_assert(crossed_by(order::port).mixed == channel_map<5>{{7, 8, 9, 2, 3}});
static_assert(crossed_by(order::port).passed == channel_map<5>{{0, 1, 4, 5, 6}});

// article: it reads [t2, x2], where the bank [x2, x3] follows the transform; [x3, t1] passes.
static_assert(crossed_by(order::article).mixed == channel_map<5>{{2, 3, 4, 5, 6}});
static_assert(crossed_by(order::article).passed == channel_map<5>{{7, 8, 9, 0, 1}});

// plus: it reads [t2, x2], where the bank is [x1, x2]; [t1, x1] passes.
static_assert(crossed_by(order::plus).mixed == channel_map<5>{{2, 3, 7, 8, 9}});
static_assert(crossed_by(order::plus).passed == channel_map<5>{{0, 1, 4, 5, 6}});

template <order Variant>
constexpr bool loses_nothing() {
    constexpr auto of_96 = split<36>(identity_map<96>());
    constexpr auto crossed = crossover(Variant, of_96.first, of_96.second);
    return crossed.mixed.size() == 48 && crossed.passed.size() == 48 &&
           is_permutation(concat(crossed.mixed, crossed.passed));
}
static_assert(loses_nothing<order::port>() && loses_nothing<order::article>() &&
              loses_nothing<order::plus>());

}  // namespace

TEST_CASE("channel maps are constants") {
    // Once more at run time, where sanitizers look on.
    CHECK(all_shuffles_are_right(std::make_integer_sequence<int, most_channels>{}));
}
