// SPDX-License-Identifier: BSD-3-Clause
// The AugShuffle unit as a network of its own against a reading of its paper that moves channels.
#include "comparison.hpp"

using namespace plait;
using namespace comparison;
using reference::map;
using reference::weight_source;

namespace {

template <shape Input, aug_shuffle Unit, layout_policy Policy = layout_policy{}>
void check_unit() {
    constexpr int transform = Input.channels * Unit.split.numerator / Unit.split.denominator;
    constexpr int published[]{2, 4, 1};
    constexpr int published_of_half[]{2, 2, 1};
    constexpr bool half = Unit.split.numerator * 2 == Unit.split.denominator;
    constexpr int variant = static_cast<int>(Unit.variant);
    constexpr int groups = Unit.shuffle_groups != aug_shuffle::as_published ? Unit.shuffle_groups
                           : half                                           ? published_of_half[variant]
                                                                            : published[variant];
    check_against<network<Input, Unit>, Policy>([](const map& x, weight_source& weights) {
        return reference::aug_shuffle(x,
                                      {.transform = transform,
                                       .variant = Unit.variant,
                                       .expand_activation = Unit.expand_activation,
                                       .groups = groups,
                                       .communication = Unit.communication},
                                      weights);
    });
}

template <auto Unit, layout_policy Policy = layout_policy{}>
void check_channels() {
    check_unit<shape{16, 6, 5}, Unit, Policy>();
    check_unit<shape{32, 9, 9}, Unit, Policy>();
    check_unit<shape{80, 3, 7}, Unit, Policy>();
}

}  // namespace

TEST_CASE("an AugShuffle unit of every order, split and layout") {
    check_channels<aug_shuffle{.split = {3, 8}}>();
    check_channels<aug_shuffle{.split = {3, 8}, .variant = order::article}>();
    check_channels<aug_shuffle{.split = {3, 8}, .variant = order::plus}>();
    check_channels<aug_shuffle{.split = {1, 2}}>();
    check_channels<aug_shuffle{.split = {1, 2}, .variant = order::article}>();
    check_channels<aug_shuffle{.split = {1, 4}, .variant = order::plus}>();
    check_channels<aug_shuffle{.split = {1, 8}, .variant = order::article}>();
    check_channels<aug_shuffle{.split = {3, 8}}, planes_only>();
    check_channels<aug_shuffle{.split = {3, 8}, .variant = order::article}, planes_only>();
    check_channels<aug_shuffle{.split = {3, 8}, .variant = order::article}, groups_everywhere>();
    check_channels<aug_shuffle{.split = {3, 8}, .variant = order::plus}, groups_everywhere>();
}

TEST_CASE("an AugShuffle unit with shuffle groups and ReLU of one's own") {
    constexpr auto relu = activation::relu;
    check_channels<aug_shuffle{.split = {3, 8}, .variant = order::plus, .shuffle_groups = 8}>();
    check_channels<aug_shuffle{.split = {3, 8}, .variant = order::port, .shuffle_groups = 1}>();
    check_channels<aug_shuffle{.split = {3, 8}, .variant = order::port, .expand_activation = relu}>();
    check_channels<aug_shuffle{
        .split = {1, 2}, .variant = order::article, .shuffle_groups = 16, .expand_activation = relu}>();
}

TEST_CASE("an AugShuffle unit that crosses over never, or twice") {
    using enum communication;
    check_channels<aug_shuffle{.communication = never}>();
    check_channels<aug_shuffle{.communication = never, .variant = order::article}, planes_only>();
    check_channels<aug_shuffle{.communication = after_both}>();
    check_channels<aug_shuffle{.communication = after_both, .variant = order::article}, groups_everywhere>();
    check_channels<aug_shuffle{.communication = after_both, .variant = order::plus}>();

    // Of 32 channels, 12 of them transformed: weights, and two of each norm.
    using silent = network<shape{32, 4, 4}, aug_shuffle{.communication = never}>;
    static_assert(silent::parameters == 12 * 12 + 9 * 12 + 12 * 12 + 2 * (12 + 12 + 12));
    using published = network<shape{32, 4, 4}, aug_shuffle{}>;
    static_assert(published::parameters == 12 * 12 + 9 * 12 + 16 * 16 + 2 * (12 + 12 + 16));
    using talking = network<shape{32, 4, 4}, aug_shuffle{.communication = after_both}>;
    static_assert(talking::parameters == 12 * 12 + 9 * 16 + 16 * 16 + 2 * (12 + 16 + 16));
    static_assert(talking::macs == 16 * (12 * 12 + 9 * 16 + 16 * 16));
}

TEST_CASE("an AugShuffle unit at awkward sizes") {
    for_sizes([]<int Height, int Width>() {
        check_unit<shape{16, Height, Width}, aug_shuffle{.split = {3, 8}}>();
    });
}

TEST_CASE("an AugShuffle unit of awkward numbers of channels") {
    check_unit<shape{4, 9, 9}, aug_shuffle{.split = {1, 2}}>();
    check_unit<shape{12, 7, 15}, aug_shuffle{.split = {1, 2}}>();
    check_unit<shape{20, 14, 7}, aug_shuffle{.split = {1, 2}, .variant = order::article}>();
    check_unit<shape{36, 5, 5}, aug_shuffle{.split = {1, 2}, .variant = order::plus}>();
    check_unit<shape{44, 4, 4}, aug_shuffle{.split = {1, 2}}>();
    check_unit<shape{48, 16, 16}, aug_shuffle{.split = {1, 2}}>();
    check_unit<shape{96, 8, 8}, aug_shuffle{.split = {3, 8}}>();
    check_unit<shape{192, 4, 4}, aug_shuffle{.split = {3, 8}, .variant = order::plus}>();
}
