// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/op.hpp"
#include "plait/network/plan.hpp"

// What networks are drawn from. Those of one unit are compiled together and have sizes, widths and windows in
// common, so that they share kernels: kernels are what takes long to compile.

namespace drawn {

inline constexpr unsigned networks_in_a_unit = 24;
inline constexpr unsigned units = 9;

constexpr unsigned unit_of(unsigned seed) { return seed / networks_in_a_unit; }

/// A generator of few bits for drawing networks at compile time.
struct dice {
    unsigned state;

    constexpr int roll(int sides) {
        state = state * 1664525U + 1013904223U;
        return static_cast<int>((state >> 16) % static_cast<unsigned>(sides));
    }
    template <class T, int Count>
    constexpr T pick(const T (&choices)[Count]) {
        return choices[roll(Count)];
    }
};

constexpr dice dice_of(unsigned seed) {
    dice d{seed * 7919U + 23U};
    for (int i = 0; i < 3; ++i) d.roll(2);
    return d;
}

struct palette {
    plait::extent size{};
    int widths[4]{};
    int kernels[3]{};
    plait::sides padding{};
    plait::activation activations[2]{};
    plait::layout_policy policy{};
};

/// Of one pixel, and around one and two vectors of 4, 8 and 16 lanes; odd and even, square and not.
constexpr palette palette_of(unsigned unit) {
    constexpr plait::extent sizes[units]{{16, 16}, {1, 1},   {7, 9},  {12, 15}, {8, 8},
                                         {3, 33},  {18, 17}, {14, 6}, {24, 10}};
    using plait::activation;
    constexpr activation others[units]{
        activation::relu,       activation::relu6,          activation::sigmoid,
        activation::hard_swish, activation::silu,           activation::leaky_relu(),
        activation::gelu,       activation::hard_sigmoid(), activation::clip(-1, 2)};
    constexpr int switches[]{plait::layout_policy::cheapest, 0, 64, 1 << 20};

    dice d = dice_of(1000 + unit);
    return {.size = sizes[unit % units],
            .widths = {1 + d.roll(24), 4 * (1 + d.roll(9)), 8 * (1 + d.roll(4)), 16 + 2 * d.roll(14)},
            .kernels = {1, 3, 5 + 2 * d.roll(3)},
            .padding = {d.roll(2), d.roll(2), d.roll(2), d.roll(2)},
            .activations = {activation::none, others[unit % units]},
            .policy = {.groups_below_pixels = switches[unit % 4]}};
}

constexpr plait::shape picture_of(unsigned seed) {
    const plait::extent size = palette_of(unit_of(seed)).size;
    return {1 + dice_of(seed).roll(20), size.height, size.width};
}

}  // namespace drawn
