// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/window.hpp"
#include "plait/graph/op.hpp"
#include "plait/network/plan.hpp"

// What networks are drawn from. Those of one unit are compiled together and have sizes, widths and windows in
// common, so that they share kernels: kernels are what takes long to compile.

namespace drawn {

inline constexpr unsigned networks_in_a_unit = 23;
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

/// How far a transposed convolution reaches, as PyTorch says it.
struct enlargement {
    plait::per_axis kernel = 2;
    plait::per_axis stride = 2;
    plait::per_axis padding = 0;
    plait::per_axis output_padding = 0;
};

struct palette {
    plait::extent size{};
    int widths[4]{};
    int kernels[3]{};
    plait::sides padding{};
    plait::windowing window{};  ///< beside those of `kernels`, which are square and odd
    enlargement enlarged{};
    plait::interpolation by{};
    plait::coordinates at{};
    int shuffled = 2;  ///< pixels of a side
    plait::activation activations[2]{};
    plait::activation alone{};  ///< of no convolution
    plait::layout_policy policy{};
};

/// Even and oblong kernels, strides of each axis, dilation, and more padding on one side than on the other.
constexpr plait::windowing window_of(unsigned unit) {
    using plait::extent, plait::sides, plait::padding;
    constexpr plait::windowing all[units]{
        {.kernel = 2, .stride = 2},
        {.kernel = extent{3, 2}, .stride = extent{1, 2}, .pad = sides{2, 1, 1, 1}},
        {.kernel = extent{1, 3}, .dilation = 2, .pad = sides{0, 2, 0, 2}},
        {.kernel = 4, .stride = extent{2, 1}, .pad = sides{1, 2, 2, 1}},
        {.kernel = 3, .stride = 2, .dilation = 2, .pad = 2},
        {.kernel = extent{2, 5}, .stride = extent{1, 3}, .pad = sides{1, 2, 0, 2}},
        {.kernel = extent{5, 3}, .stride = extent{3, 2}, .dilation = extent{1, 2}},
        {.kernel = extent{6, 2}, .stride = extent{2, 1}, .pad = padding::tensorflow_same},
        {.kernel = extent{7, 1}, .stride = extent{1, 4}, .dilation = extent{2, 1}, .pad = extent{3, 0}}};
    return all[unit % units];
}

constexpr enlargement enlargement_of(unsigned unit) {
    using plait::extent;
    constexpr enlargement all[]{
        {},
        {.kernel = 3, .padding = 1, .output_padding = 1},
        {.kernel = 4, .padding = 1},
        {.kernel = extent{3, 2}, .stride = extent{1, 2}, .padding = extent{1, 0}},
        {.kernel = extent{2, 5}, .stride = extent{3, 2}, .output_padding = extent{2, 0}}};
    return all[unit % (sizeof all / sizeof all[0])];
}

/// Of one pixel, and around one and two vectors of 4, 8 and 16 lanes; odd and even, square and not.
constexpr palette palette_of(unsigned unit) {
    constexpr plait::extent sizes[units]{{16, 16}, {1, 1},   {7, 9},  {12, 15}, {8, 8},
                                         {3, 33},  {18, 17}, {14, 6}, {24, 10}};
    using plait::activation;
    constexpr activation others[units]{
        activation::relu,       activation::relu6,          activation::sigmoid,
        activation::hard_swish, activation::silu,           activation::leaky_relu(),
        activation::gelu,       activation::hard_sigmoid(), activation::clip(-1, 2)};
    constexpr activation alone[units]{
        activation::elu(),     activation::tanh,     activation::gelu_tanh,
        activation::sigmoid,   activation::elu(0.5), activation::hard_sigmoid(0.25, 0.5),
        activation::gelu_tanh, activation::tanh,     activation::leaky_relu(0.25)};
    constexpr int switches[]{plait::layout_policy::cheapest, 0, 64, 1 << 20};

    dice d = dice_of(1000 + unit);
    return {.size = sizes[unit % units],
            .widths = {1 + d.roll(24), 4 * (1 + d.roll(9)), 8 * (1 + d.roll(4)), 16 + 2 * d.roll(14)},
            .kernels = {1, 3, 5 + 2 * d.roll(3)},
            .padding = {d.roll(2), d.roll(2), d.roll(2), d.roll(2)},
            .window = window_of(unit),
            .enlarged = enlargement_of(unit),
            .by = static_cast<plait::interpolation>(unit / 3 % 3),
            .at = static_cast<plait::coordinates>(unit % 3),
            .shuffled = unit % 3 == 1 ? 3 : 2,
            .activations = {activation::none, others[unit % units]},
            .alone = alone[unit % units],
            .policy = {.groups_below_pixels = switches[unit % 4]}};
}

constexpr plait::shape picture_of(unsigned seed) {
    const plait::extent size = palette_of(unit_of(seed)).size;
    return {1 + dice_of(seed).roll(20), size.height, size.width};
}

}  // namespace drawn
