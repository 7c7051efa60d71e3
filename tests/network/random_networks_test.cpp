// SPDX-License-Identifier: BSD-3-Clause
// Small networks drawn by chance, the same ones every time, against the calls one by one.
#include "comparison.hpp"

using namespace plait;
using namespace comparison;

namespace {

/// A generator of few bits for drawing networks at compile time.
struct dice {
    unsigned state;

    constexpr int roll(int sides) {
        state = state * 1664525U + 1013904223U;
        return static_cast<int>((state >> 16) % static_cast<unsigned>(sides));
    }
    template <int Count>
    constexpr int pick(const int (&choices)[Count]) {
        return choices[roll(Count)];
    }
};

/// Some blocks one after another, each suited to what is there; now and then a tap, joined or added later.
struct drawn_network {
    static constexpr bool composite = true;
    unsigned seed = 0;
    int blocks = 6;

    constexpr fault check(shape) const { return fault::none; }

    constexpr feature_map lower(graph& g, feature_map picture) const {
        dice d{seed * 7919U + 17U};
        constexpr int widths[]{4, 6, 12, 16, 20, 24, 36, 44, 58};
        feature_map x = g(picture, conv{.out = d.pick(widths), .kernel = 1 + 2 * d.roll(3)});
        feature_map tap = x;
        for (int i = 0; i < blocks; ++i) {
            x = next(g, x, d);
            if (d.roll(3) == 0 && x.size == tap.size && x.count + tap.count < 80) x = g.concat(tap, x);
            if (d.roll(3) == 0 && x.dimensions() == tap.dimensions()) x = g.add(x, tap, activation::relu);
            if (d.roll(3) == 0) tap = x.count > 8 ? x.slice(d.roll(4), x.count - d.roll(4)) : x;
            if (d.roll(6) == 0) g.output(x);
        }
        return g(x, conv{.out = 1 + d.roll(20)});
    }

private:
    static constexpr feature_map next(graph& g, feature_map x, dice& d) {
        const bool even = x.size.divisible_by(2);
        const auto variant = static_cast<order>(d.roll(3));
        const auto mix = static_cast<mixing>(d.roll(4));
        switch (d.roll(9)) {
            case 0:
                if (x.count % 2 == 0) return g(x, shuffle_unit{.mix = mix});
                break;
            case 1:
                if (even) return g(x, shuffle_down{.out = 8 + 2 * d.roll(20), .mix = mix});
                break;
            case 2:
                if (x.count % 4 == 0) return g(x, aug_shuffle{.split = {1, 2}, .variant = variant});
                break;
            case 3:
                if (x.count % 16 == 0) return g(x, aug_shuffle{.split = {3, 8}, .variant = variant});
                break;
            case 4: return g(x, depthwise{.kernel = 3 + 2 * d.roll(2)});
            case 5:
                if (even) return g(x, max_pool{});
                break;
            case 6:
                if (even) return g(x, depthwise{.kernel = 1 + 2 * d.roll(3), .stride = 2});
                break;
            case 7:
                if (x.size.pixels() < 100 && x.count < 60) return g(x, upsample{});
                break;
            default: break;
        }
        if (x.count % 3 == 0) x = g.shuffle(x, 3);
        return g(x, conv{.out = 5 + d.roll(50)});
    }
};

template <unsigned First, unsigned... Seed>
void check_drawn(std::integer_sequence<unsigned, Seed...>) {
    constexpr auto picture = [](unsigned seed) {
        constexpr int sizes[]{1, 2, 3, 5, 7, 8, 9, 12, 14, 15, 16, 17, 28, 30};
        dice d{seed};
        return shape{1 + d.roll(20), d.pick(sizes), d.pick(sizes)};
    };
    (check<network<picture(First + Seed), drawn_network{.seed = First + Seed}>>(First + Seed), ...);
}

template <layout_policy Policy, unsigned... Seed>
void check_drawn_under(std::integer_sequence<unsigned, Seed...>) {
    (check<network<shape{3, 10, 6}, drawn_network{.seed = 100 + Seed, .blocks = 8}>, Policy>(Seed), ...);
}

}  // namespace

TEST_CASE("networks drawn by chance") { check_drawn<0>(std::make_integer_sequence<unsigned, 16>{}); }

TEST_CASE("networks drawn by chance, in planes only") {
    check_drawn_under<planes_only>(std::make_integer_sequence<unsigned, 4>{});
}

TEST_CASE("networks drawn by chance, in groups everywhere") {
    check_drawn_under<groups_everywhere>(std::make_integer_sequence<unsigned, 4>{});
}
