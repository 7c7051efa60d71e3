// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/channel_map.hpp"
#include "plait/tensor/view.hpp"

namespace plait::inline PLAIT_TARGET {

/// The public versions of the AugShuffle unit (arXiv 2203.06589) differ only in where channels stand:
/// the PyTorch port of the paper's figure, the author's article, and the author's code AugShuffleNet-Plus.
enum class order : unsigned char { port, article, plus };

/// The first and the second half of the channels of a map.
template <class Map>
struct halves {
    Map first;
    Map second;
};

/// What crossover makes of two maps, in halves of the channels of both.
template <class Map>
struct crossed {
    Map mixed;   ///< what the second pointwise convolution of the unit reads
    Map passed;  ///< what goes straight to the unit's output
};

/// Channel crossover: halves of the transform and of the feature bank trade places, so that the next
/// convolution reads one half of each. `join(a, b)` concatenates; the maps may be of any kind.
template <class Transform, class Bank, class Join>
constexpr auto cross(order variant, halves<Transform> t, halves<Bank> b, Join join)
    -> crossed<decltype(join(t.first, b.first))> {
    switch (variant) {
        case order::port: return {join(b.second, t.second), join(t.first, b.first)};
        case order::article: return {join(t.second, b.first), join(b.second, t.first)};
        case order::plus: break;
    }
    return {join(t.second, b.second), join(t.first, b.first)};
}

/// Crossover of channel maps.
template <int Transform, int Bank>
    requires(Transform % 2 == 0 && Bank % 2 == 0)
constexpr auto crossover(order variant, const channel_map<Transform>& t, const channel_map<Bank>& b) {
    const halves<channel_map<Transform / 2>> of_t{slice<0, Transform / 2>(t),
                                                  slice<Transform / 2, Transform>(t)};
    const halves<channel_map<Bank / 2>> of_b{slice<0, Bank / 2>(b), slice<Bank / 2, Bank>(b)};
    return cross(variant, of_t, of_b, [](const auto& x, const auto& y) { return concat(x, y); });
}

/// What crossover makes of two tensors.
template <class Mixed, class Passed>
struct crossed_views {
    Mixed mixed;    ///< what the second pointwise convolution of an AugShuffle unit reads
    Passed passed;  ///< what goes straight to the unit's output
};

/// Crossover of tensors, as views.
template <order Variant, viewable Transform, viewable Bank>
constexpr auto crossover(const Transform& t, const Bank& b) {
    constexpr int transform = decltype(as_view(t))::dimensions.channels;
    constexpr int bank = decltype(as_view(b))::dimensions.channels;
    static_assert(transform % 2 == 0 && bank % 2 == 0,
                  "transform and bank must have even numbers of channels");
    // Over the channels of [t, b], whose numbers say which half is which.
    constexpr auto all = split<transform>(identity_map<transform + bank>());
    constexpr auto maps = crossover(Variant, all.first, all.second);
    const auto both = concat(t, b);
    const auto mixed = take<maps.mixed>(both);
    const auto passed = take<maps.passed>(both);
    return crossed_views<decltype(take<maps.mixed>(both)), decltype(take<maps.passed>(both))>{mixed, passed};
}

}  // namespace plait::inline PLAIT_TARGET
