// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/crossover.hpp"
#include "plait/core/ratio.hpp"
#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// AugShuffle unit of stride 1 (arXiv 2203.06589): `split` of the channels are transformed, the others stay
/// in the feature bank; crossover widens the second pointwise convolution with half of the bank.
struct aug_shuffle {
    /// Groups of the shuffle as the variant's authors have it: port 2, article 4 (2 where r = 1/2), plus
    /// none.
    static constexpr int as_published = -1;

    ratio split{3, 8};
    order variant = order::port;
    int shuffle_groups = as_published;  ///< 1 for none
    /// After the first pointwise convolution; no public code has one.
    activation expand_activation = activation::none;

    /// Groups of the output's shuffle; 1 where there is none.
    constexpr int groups() const {
        if (shuffle_groups != as_published) return shuffle_groups;
        switch (variant) {
            case order::port: return 2;
            case order::article: return 2 * split.numerator == split.denominator ? 2 : 4;
            case order::plus: break;
        }
        return 1;
    }

    constexpr fault check(shape s) const {
        if (!split.splits()) return fault::split_ratio_must_lie_between_0_and_1;
        if (!split.divides(s.channels)) return fault::split_must_be_whole;
        const int transform = split.of(s.channels);
        if (transform % 2) return fault::transform_halves_must_be_whole;
        if ((s.channels - transform) % 2) return fault::bank_halves_must_be_whole;
        return groups() < 1 || s.channels % groups() ? fault::groups_must_divide_the_channels : fault::none;
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        using enum activation;
        const int transform = split.of(x.count);
        const int bank = x.count - transform;
        const bool transform_first = variant == order::article;
        const feature_map b = transform_first ? x.slice(transform, x.count) : x.slice(0, bank);
        feature_map t = transform_first ? x.slice(0, transform) : x.slice(bank, x.count);

        t = g.conv(t, {.out = transform, .act = expand_activation, .role = layer_role::expand});
        t = g.depthwise(t, {.act = none, .role = layer_role::depthwise});
        const crossed<feature_map> half =
            cross(variant, halves_of(t), halves_of(b), [&g](auto m, auto n) { return g.concat(m, n); });
        const feature_map y =
            g.conv(half.mixed, {.out = half.mixed.count, .act = relu, .role = layer_role::cross_project});

        const feature_map out = transform_first ? g.concat(y, half.passed) : g.concat(half.passed, y);
        return groups() == 1 ? out : g.shuffle(out, groups());
    }

private:
    static constexpr halves<feature_map> halves_of(feature_map m) {
        return {m.slice(0, m.count / 2), m.slice(m.count / 2, m.count)};
    }
};

}  // namespace plait::inline PLAIT_TARGET
