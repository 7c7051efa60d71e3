// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/crossover.hpp"
#include "plait/blocks/layer_names.hpp"
#include "plait/core/ratio.hpp"
#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// How often an AugShuffle unit crosses the channels of its transform and its feature bank over (the paper's
/// communication frequency).
enum class communication : unsigned char {
    never,            ///< the second pointwise convolution reads and writes the transform alone
    after_depthwise,  ///< as published
    after_both,       ///< after the first pointwise convolution too, so that the depthwise one is wider
};

/// AugShuffle unit of stride 1 (arXiv 2203.06589): `split` of the channels are transformed, the others stay
/// in the feature bank; crossover widens the second pointwise convolution with half of the bank.
struct aug_shuffle {
    static constexpr sentence split_ratio_must_lie_between_0_and_1{
        "the split ratio must lie between 0 and 1"};
    static constexpr sentence split_must_be_whole{"the split ratio must give a whole number of channels"};
    static constexpr sentence transform_halves_must_be_whole{
        "the transform must have an even number of channels"};
    static constexpr sentence bank_halves_must_be_whole{
        "the feature bank must have an even number of channels"};
    static constexpr sentence half_must_be_even{
        "a unit that crosses over twice must have a multiple of 4 channels"};

    /// Groups of the shuffle as the variant's authors have it: port 2, article 4 (2 where r = 1/2), plus
    /// none.
    static constexpr int as_published = -1;

    ratio split{3, 8};
    plait::communication communication = plait::communication::after_depthwise;
    order variant = order::port;
    int shuffle_groups = as_published;  ///< 1 for none
    /// After the first pointwise convolution; no public code has one.
    activation expand_activation = activation::none;

    /// What tables call it.
    constexpr const char* word(shape) const { return "AugShuffle unit"; }

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

    /// How the variant's published code names the layers; of the article's there is none, so that these are
    /// Plait's own, and no file of another order fits.
    constexpr layer_names names() const {
        switch (variant) {
            case order::port: return layer_names::branches;
            case order::article: return layer_names::transform_and_project;
            case order::plus: break;
        }
        return layer_names::numbered;
    }

    constexpr refusal check(shape s) const {
        if (!split.splits()) return split_ratio_must_lie_between_0_and_1;
        if (!split.divides(s.channels)) return split_must_be_whole;
        const int transform = split.of(s.channels);
        if (communication != communication::never) {
            if (transform % 2) return transform_halves_must_be_whole;
            if ((s.channels - transform) % 2) return bank_halves_must_be_whole;
        }
        if (communication == communication::after_both && s.channels % 4) return half_must_be_even;
        if (groups() < 1 || s.channels % groups()) return refusals::groups_must_divide_the_channels;
        return {};
    }

    constexpr feature_map lower(graph& g, feature_map x) const {
        const int transform = split.of(x.count);
        const int bank = x.count - transform;
        const bool transform_first = variant == order::article;
        const feature_map b = transform_first ? x.slice(transform, x.count) : x.slice(0, bank);
        const feature_map t = transform_first ? x.slice(0, transform) : x.slice(bank, x.count);
        const auto expand = detail::convolution_names::of(names(), 1);
        const auto window = detail::convolution_names::of(names(), 2);
        const auto project = detail::convolution_names::of(names(), 3);

        feature_map passed = b;
        const auto cross_over = [&](feature_map made) {
            const crossed<feature_map> half = cross(variant, halves_of(made), halves_of(passed),
                                                    [&g](auto m, auto n) { return g.concat(m, n); });
            passed = half.passed;
            return half.mixed;
        };
        const feature_map made = g.in(detail::branch_name(names(), 2))([&] {
            feature_map wide = g.conv(t, {.out = transform,
                                          .act = expand_activation,
                                          .name = expand.convolution,
                                          .norm_name = expand.norm});
            if (communication == communication::after_both) wide = cross_over(wide);
            return g.depthwise(
                wide, {.act = activation::none, .name = window.convolution, .norm_name = window.norm});
        });
        const feature_map mixed = communication == communication::never ? made : cross_over(made);
        const feature_map y = g.in(detail::branch_name(names(), 3))([&] {
            return g.conv(mixed, {.out = mixed.count,
                                  .act = activation::relu,
                                  .name = project.convolution,
                                  .norm_name = project.norm});
        });

        const feature_map out = transform_first ? g.concat(y, passed) : g.concat(passed, y);
        return groups() == 1 ? out : g.shuffle(out, groups());
    }

private:
    static constexpr halves<feature_map> halves_of(feature_map m) {
        return {m.slice(0, m.count / 2), m.slice(m.count / 2, m.count)};
    }
};

}  // namespace plait::inline PLAIT_TARGET
