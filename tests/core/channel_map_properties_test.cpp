// SPDX-License-Identifier: BSD-3-Clause
// What holds for every channel map, of maps drawn by chance: against vectors whose elements really move, and
// by laws that need no reference. Some of it at compile time too.
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "plait/blocks/crossover.hpp"
#include "plait/core/channel_map.hpp"

using namespace plait;

namespace {

using values = std::vector<int>;

constexpr int draws = 700;  // of each number of channels
constexpr order orders[]{order::port, order::article, order::plus};

/// A source of random numbers that also works at compile time.
struct dice {
    unsigned state = 1;

    constexpr int roll(int sides) {
        state = state * 1664525U + 1013904223U;
        return static_cast<int>((state >> 8U) % static_cast<unsigned>(sides));
    }
};

/// Fisher and Yates.
template <int Channels>
constexpr channel_map<Channels> random_permutation(dice& d) {
    auto map = identity_map<Channels>();
    for (int i = Channels - 1; i > 0; --i) std::swap(map.from[i], map.from[d.roll(i + 1)]);
    return map;
}

/// Any channels of `In`, some perhaps twice, some perhaps not.
template <int Out, int In>
constexpr channel_map<Out> random_map(dice& d) {
    channel_map<Out> map;
    for (int& source : map.from) source = d.roll(In);
    return map;
}

values random_values(int count, dice& d) {
    values made(static_cast<std::size_t>(count));
    for (int& value : made) value = d.roll(1 << 20);
    return made;
}

template <int Channels>
values moved(const values& x, const channel_map<Channels>& map) {
    values y;
    for (int source : map.from) y.push_back(x.at(static_cast<std::size_t>(source)));
    return y;
}

values part(const values& x, int begin, int end) { return {x.begin() + begin, x.begin() + end}; }

values joined(values a, const values& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// One row a group, read column by column.
values shuffled(const values& x, int groups) {
    const int each = static_cast<int>(x.size()) / groups;
    std::vector<values> rows;
    for (int g = 0; g < groups; ++g) rows.push_back(part(x, g * each, (g + 1) * each));
    values y;
    for (int column = 0; column < each; ++column) {
        for (const values& row : rows) y.push_back(row[static_cast<std::size_t>(column)]);
    }
    return y;
}

// Composition and inverse.

template <int Channels>
constexpr bool obeys_the_laws_of_permutations(dice& d) {
    constexpr auto same = identity_map<Channels>();
    const auto p = random_permutation<Channels>(d);
    const auto q = random_permutation<Channels>(d);
    const auto r = random_permutation<Channels>(d);
    const auto p_then_q = compose(p, q);
    return is_permutation(p) && is_permutation(p_then_q) && is_permutation(inverse(p)) &&
           compose(p, same) == p && compose(same, p) == p &&                    // neutral
           compose(p, inverse(p)) == same && compose(inverse(p), p) == same &&  // inverse
           inverse(inverse(p)) == p && inverse(p_then_q) == compose(inverse(q), inverse(p)) &&
           compose(p_then_q, r) == compose(p, compose(q, r));  // associative
}

template <int Channels>
constexpr bool obeys_them_often() {
    dice d{Channels};
    for (int i = 0; i < 20; ++i) {
        if (!obeys_the_laws_of_permutations<Channels>(d)) return false;
    }
    return true;
}
static_assert(obeys_them_often<1>() && obeys_them_often<2>() && obeys_them_often<17>() &&
              obeys_them_often<48>() && obeys_them_often<96>());

template <int Channels>
void check_composition(dice& d) {
    CHECK(obeys_the_laws_of_permutations<Channels>(d));
    const values x = random_values(Channels, d);
    const auto p = random_permutation<Channels>(d);
    CHECK(moved(moved(x, p), inverse(p)) == x);

    // Maps that are no permutations, to more channels and to fewer.
    const auto wider = random_map<2 * Channels + 1, Channels>(d);
    const auto narrower = random_map<(Channels + 1) / 2, 2 * Channels + 1>(d);
    CHECK(moved(x, compose(wider, narrower)) == moved(moved(x, wider), narrower));
    CHECK(compose(compose(p, wider), narrower) == compose(p, compose(wider, narrower)));
}

template <int Channels>
void check_is_permutation(dice& d) {
    auto map = random_permutation<Channels>(d);
    const int at = d.roll(Channels);
    const int old =
        std::exchange(map.from[at], d.roll(Channels + 2) - 1);  // perhaps -1, perhaps one too many
    const std::set<int> named(std::begin(map.from), std::end(map.from));
    const bool all_named = *named.begin() == 0 && *named.rbegin() == Channels - 1 &&
                           named.size() == static_cast<std::size_t>(Channels);
    CHECK(is_permutation(map) == all_named);
    CHECK(is_permutation(map) == (map.from[at] == old));
}

// Slices, splits and concatenations.

template <int Channels, int First>
bool splits_and_joins(const channel_map<Channels>& map, const values& x) {
    constexpr auto same = identity_map<Channels>();
    const auto [first, second] = split<First>(map);
    static_assert(first.size() == First && second.size() == Channels - First);
    const auto turned = concat(slice<First, Channels>(same), slice<0, First>(same));
    return moved(x, first) == part(moved(x, map), 0, First) &&
           moved(x, second) == part(moved(x, map), First, Channels) && concat(first, second) == map &&
           concat(second, first) == compose(map, turned);
}

template <int Channels>
void check_slices(dice& d) {
    const auto map = random_map<Channels, 2 * Channels>(d);
    const values x = random_values(2 * Channels, d);
    CHECK(slice<0, Channels>(map) == map);
    if constexpr (Channels >= 4) {
        constexpr int quarter = Channels / 4;
        CHECK(splits_and_joins<Channels, 1>(map, x));
        CHECK(splits_and_joins<Channels, quarter>(map, x));
        CHECK(splits_and_joins<Channels, Channels / 2>(map, x));
        CHECK(splits_and_joins<Channels, Channels - 1>(map, x));
        const auto of_slice = slice<1, 1 + quarter>(slice<quarter, Channels>(map));
        CHECK(of_slice == slice<quarter + 1, 2 * quarter + 1>(map));
    }
}

template <int Channels>
void check_concat(dice& d) {
    const auto a = random_map<Channels, Channels>(d);
    const auto b = random_map<Channels + 3, Channels>(d);
    const auto c = random_map<1, Channels>(d);
    const values x = random_values(Channels, d);
    const auto all = concat(a, b, c);
    static_assert(all.size() == 2 * Channels + 4);
    CHECK(moved(x, all) == joined(joined(moved(x, a), moved(x, b)), moved(x, c)));
    CHECK(concat(concat(a, b), c) == all);
    CHECK(concat(a, concat(b, c)) == all);
    const auto p = random_permutation<Channels>(d);
    CHECK(compose(p, all) == concat(compose(p, a), compose(p, b), compose(p, c)));  // distributes
}

// Shuffles.

/// Transposing a matrix is multiplying places modulo the number of channels less one.
constexpr bool multiplies_places(int channels, int groups) {
    for (int i = 0; i + 1 < channels; ++i) {
        if (shuffle_source(i, channels, groups) != i * (channels / groups) % (channels - 1)) return false;
    }
    return shuffle_source(channels - 1, channels, groups) == channels - 1;
}

/// Every `groups` neighbours come from as many groups, in order.
constexpr bool mixes_all_groups(int channels, int groups) {
    for (int i = 0; i < channels; ++i) {
        if (shuffle_source(i, channels, groups) / (channels / groups) != i % groups) return false;
    }
    return true;
}

constexpr bool shuffles_of_all_channels_up_to(int most) {
    for (int channels = 1; channels <= most; ++channels) {
        for (int groups = 1; groups <= channels; ++groups) {
            if (channels % groups != 0) continue;
            if (!multiplies_places(channels, groups) || !mixes_all_groups(channels, groups)) return false;
        }
    }
    return true;
}
static_assert(shuffles_of_all_channels_up_to(120));

template <int Channels>
void check_shuffles(dice& d) {
    const values x = random_values(Channels, d);
    const auto p = random_permutation<Channels>(d);
    for (int groups = 1; groups <= Channels; ++groups) {
        if (Channels % groups != 0) continue;
        INFO("groups " << groups);
        const auto map = shuffle<Channels>(groups);
        CHECK(is_permutation(map));
        CHECK(moved(x, map) == shuffled(x, groups));
        CHECK(moved(x, compose(p, map)) == shuffled(moved(x, p), groups));
        CHECK(compose(map, shuffle<Channels>(Channels / groups)) == identity_map<Channels>());
    }
}

// Crossover.

template <int Transform, int Bank>
void check_crossover(dice& d) {
    constexpr int all = Transform + Bank;
    const values x = random_values(all, d);
    const auto [t, b] = split<Transform>(random_permutation<all>(d));
    const values of_t = moved(x, t);
    const values of_b = moved(x, b);
    const values t1 = part(of_t, 0, Transform / 2), t2 = part(of_t, Transform / 2, Transform);
    const values b1 = part(of_b, 0, Bank / 2), b2 = part(of_b, Bank / 2, Bank);

    for (order variant : orders) {
        INFO("variant " << static_cast<int>(variant));
        const auto crossed = crossover(variant, t, b);
        static_assert(crossed.mixed.size() == all / 2 && crossed.passed.size() == all / 2);
        CHECK(is_permutation(concat(crossed.mixed, crossed.passed)));

        const values mixed = moved(x, crossed.mixed);
        const values passed = moved(x, crossed.passed);
        if (variant == order::port) CHECK(mixed == joined(b2, t2));
        if (variant == order::article) CHECK(mixed == joined(t2, b1));
        if (variant == order::plus) CHECK(mixed == joined(t2, b2));
        CHECK(passed == (variant == order::article ? joined(b2, t1) : joined(t1, b1)));
    }
}

// All of it in a row, at random.

/// A map and values that really move, through the same random steps.
template <int Channels>
void check_pipeline(dice& d) {
    const values picture = random_values(Channels, d);
    auto map = identity_map<Channels>();
    values x = picture;
    constexpr int half = Channels / 2;
    for (int step = 0; step < 12; ++step) {
        const int kind = d.roll(4);
        if (kind == 0) {
            const auto p = random_permutation<Channels>(d);
            map = compose(map, p);
            x = moved(x, p);
        } else if (kind == 1) {
            int groups = 1 + d.roll(Channels);
            while (Channels % groups != 0) --groups;
            map = compose(map, shuffle<Channels>(groups));
            x = shuffled(x, groups);
        } else if constexpr (Channels > 1) {
            const auto [first, second] = split<half>(map);
            if (kind == 2) {
                map = concat(second, first);
                x = joined(part(x, half, Channels), part(x, 0, half));
            } else if constexpr (half % 2 == 0 && Channels % 4 == 0) {
                const auto crossed = crossover(order::port, first, second);
                map = concat(crossed.passed, crossed.mixed);
                constexpr int quarter = half / 2;
                x = joined(joined(part(x, 0, quarter), part(x, half, half + quarter)),
                           joined(part(x, half + quarter, Channels), part(x, quarter, half)));
            }
        }
        CHECK(moved(picture, map) == x);
        CHECK(is_permutation(map));
    }
}

template <class Check>
void for_many_channels(Check check) {
    const auto of = [&]<int Channels>() {
        INFO("channels " << Channels);
        dice d{static_cast<unsigned>(Channels) * 7919U};
        for (int i = 0; i < draws; ++i) check.template operator()<Channels>(d);
    };
    [&]<int... Channels>(std::integer_sequence<int, Channels...>) {
        (of.template operator()<Channels>(), ...);
    }
    (std::integer_sequence<int, 1, 2, 3, 7, 8, 24, 36>{});
}

}  // namespace

TEST_CASE("maps compose as what they move does") {
    for_many_channels([]<int Channels>(dice& d) { check_composition<Channels>(d); });
}

TEST_CASE("a map is a permutation if it names every channel once") {
    for_many_channels([]<int Channels>(dice& d) { check_is_permutation<Channels>(d); });
}

TEST_CASE("a split map is whole again when it is joined") {
    for_many_channels([]<int Channels>(dice& d) { check_slices<Channels>(d); });
}

TEST_CASE("concatenations keep order, wherever they are bracketed") {
    for_many_channels([]<int Channels>(dice& d) { check_concat<Channels>(d); });
}

TEST_CASE("shuffles transpose, and undo one another") {
    for_many_channels([]<int Channels>(dice& d) { check_shuffles<Channels>(d); });
}

TEST_CASE("crossover loses no channel and keeps each variant's order") {
    for (unsigned seed = 0; seed < 1000; ++seed) {
        dice d{seed};
        check_crossover<2, 2>(d);
        check_crossover<2, 14>(d);
        check_crossover<18, 30>(d);
        check_crossover<36, 60>(d);
        check_crossover<30, 10>(d);
    }
}

TEST_CASE("any row of steps moves channels as it moves values") {
    for_many_channels([]<int Channels>(dice& d) { check_pipeline<Channels>(d); });
}
