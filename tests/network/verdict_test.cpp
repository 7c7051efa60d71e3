// SPDX-License-Identifier: BSD-3-Clause
// Every refusal by its one readable type. Compiling is passing; ../refusals holds what compilers print.
#include "plait/network/verdict.hpp"

#include <cstring>
#include <type_traits>

#include <doctest/doctest.h>

#include "plait/blocks/blocks.hpp"
#include "plait/models/augshufflenet.hpp"

using namespace plait;

namespace {

template <class Verdict, int Position, auto Block, shape Input, fault Why>
constexpr bool rejects = std::is_same_v<Verdict, block_rejects_input<Position, Block, Input, Why>>;

template <class Verdict, int Position, auto Block, shape First, shape Second, fault Why>
constexpr bool rejects_join =
    std::is_same_v<Verdict, block_rejects_join<Position, Block, First, Second, Why>>;

/// The only block refuses the network's input.
template <shape Input, auto Block, fault Why>
constexpr bool refuses = rejects<verdict<Input, Block>, 0, Block, Input, Why>;

template <shape Input, auto... Blocks>
constexpr bool accepts = std::is_same_v<verdict<Input, Blocks...>, accepted>;

constexpr conv stem{.out = 24, .kernel = 3};

// What is accepted.
static_assert(accepts<shape{3, 32, 32}, stem>);
static_assert(accepts<shape{3, 32, 32}>);
static_assert(accepts<shape{1, 1, 1}, stem, linear{.out = 1}>);
static_assert(accepts<shape{3, 34, 18}, stem, shuffle_down{.out = 48}, aug_shuffle{.split = {1, 2}}>);
static_assert(accepts<shape{4, 1, 1}, aug_shuffle{.split = {1, 2}}>);

// Sizes.
static_assert(refuses<shape{0, 32, 32}, stem, fault::sizes_must_be_positive>);
static_assert(refuses<shape{3, 0, 32}, stem, fault::sizes_must_be_positive>);
static_assert(refuses<shape{3, 32, -1}, stem, fault::sizes_must_be_positive>);
static_assert(refuses<shape{3, 8, 8}, upsample{.factor = 0}, fault::sizes_must_be_positive>);
static_assert(refuses<shape{3, 8, 8}, upsample{.factor = -2}, fault::sizes_must_be_positive>);

// The ShuffleNetV2 unit.
static_assert(refuses<shape{25, 8, 8}, shuffle_unit{}, fault::channels_must_be_even>);
static_assert(
    refuses<shape{1, 8, 8}, shuffle_unit{.mix = mixing::before_pairs}, fault::channels_must_be_even>);

// The split of the AugShuffle unit.
template <int Channels, ratio Split, fault Why>
constexpr bool refuses_split = refuses<shape{Channels, 8, 8}, aug_shuffle{.split = Split}, Why>;

static_assert(refuses_split<96, ratio{0, 8}, fault::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{8, 8}, fault::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{9, 8}, fault::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{-1, 2}, fault::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{1, -2}, fault::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{-2, -1}, fault::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{1, 0}, fault::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<60, ratio{3, 8}, fault::split_must_be_whole>);
static_assert(refuses_split<116, ratio{3, 8}, fault::split_must_be_whole>);
static_assert(refuses_split<7, ratio{1, 2}, fault::split_must_be_whole>);
static_assert(refuses_split<24, ratio{3, 8}, fault::transform_halves_must_be_whole>);
static_assert(refuses_split<2, ratio{1, 2}, fault::transform_halves_must_be_whole>);
static_assert(refuses_split<58, ratio{1, 2}, fault::transform_halves_must_be_whole>);
static_assert(refuses_split<5, ratio{2, 5}, fault::bank_halves_must_be_whole>);
static_assert(refuses_split<15, ratio{2, 3}, fault::bank_halves_must_be_whole>);

// Shuffles.
constexpr auto groups_must_divide = fault::groups_must_divide_the_channels;
static_assert(refuses<shape{12, 4, 4}, channel_shuffle{.groups = 5}, groups_must_divide>);
static_assert(refuses<shape{12, 4, 4}, channel_shuffle{.groups = 0}, groups_must_divide>);
static_assert(refuses<shape{12, 4, 4}, channel_shuffle{.groups = -3}, groups_must_divide>);
static_assert(refuses<shape{16, 4, 4}, aug_shuffle{.shuffle_groups = 3}, groups_must_divide>);
static_assert(refuses<shape{16, 4, 4}, aug_shuffle{.shuffle_groups = 0}, groups_must_divide>);

// The down unit.
static_assert(refuses<shape{24, 8, 8}, shuffle_down{.out = 49}, fault::output_channels_must_be_even>);
static_assert(refuses<shape{24, 8, 8}, shuffle_down{.out = 0}, fault::output_channels_must_be_positive>);
static_assert(refuses<shape{24, 8, 8}, shuffle_down{.out = -2}, fault::output_channels_must_be_positive>);
static_assert(refuses<shape{24, 7, 8}, shuffle_down{.out = 48}, fault::stride_must_divide_the_size>);
static_assert(refuses<shape{24, 8, 7}, shuffle_down{.out = 48}, fault::stride_must_divide_the_size>);
static_assert(refuses<shape{24, 1, 1}, shuffle_down{.out = 48}, fault::stride_must_divide_the_size>);

// The inverted residual.
static_assert(accepts<shape{24, 7, 7}, inverted_residual{.out = 24}, inverted_residual{.out = 32}>);
static_assert(refuses<shape{24, 8, 8}, inverted_residual{.out = 0}, fault::output_channels_must_be_positive>);
static_assert(refuses<shape{24, 8, 8}, inverted_residual{.out = 24, .expansion = 0},
                      fault::expansion_must_be_positive>);
static_assert(
    refuses<shape{24, 7, 8}, inverted_residual{.out = 24, .stride = 2}, fault::stride_must_divide_the_size>);
static_assert(
    refuses<shape{24, 8, 8}, inverted_residual{.out = 24, .stride = 0}, fault::stride_must_divide_the_size>);

// ResNet's basic block.
static_assert(accepts<shape{24, 7, 7}, basic_residual{.out = 24}, basic_residual{.out = 32}>);
static_assert(refuses<shape{24, 8, 8}, basic_residual{.out = -1}, fault::output_channels_must_be_positive>);
static_assert(
    refuses<shape{24, 8, 7}, basic_residual{.out = 24, .stride = 2}, fault::stride_must_divide_the_size>);
static_assert(
    refuses<shape{24, 8, 8}, basic_residual{.out = 24, .stride = -1}, fault::stride_must_divide_the_size>);

// ShuffleNetV1's unit.
template <int Channels, grouped_shuffle_unit Unit, fault Why>
constexpr bool refuses_grouped = refuses<shape{Channels, 8, 8}, Unit, Why>;
using grouped = grouped_shuffle_unit;

static_assert(accepts<shape{24, 8, 8}, grouped{.out = 240, .stride = 2}, grouped{.out = 240}>);
static_assert(refuses_grouped<24, grouped{.out = 0}, fault::output_channels_must_be_positive>);
static_assert(refuses_grouped<30, grouped{.out = 30}, fault::bottleneck_must_be_whole>);
static_assert(refuses_grouped<24, grouped{.out = 48, .stride = 3}, fault::stride_must_be_1_or_2>);
static_assert(refuses_grouped<24, grouped{.out = 48}, fault::added_maps_must_have_one_shape>);
static_assert(
    refuses_grouped<48, grouped{.out = 48, .stride = 2}, fault::output_must_be_wider_than_the_input>);
static_assert(refuses<shape{24, 7, 8}, grouped{.out = 48, .stride = 2}, fault::stride_must_divide_the_size>);
static_assert(refuses_grouped<24, grouped{.out = 24, .groups = 0}, fault::groups_must_divide_the_channels>);
static_assert(refuses_grouped<25, grouped{.out = 60, .stride = 2}, fault::groups_must_divide_the_channels>);
static_assert(refuses_grouped<24, grouped{.out = 64, .stride = 2}, fault::groups_must_divide_the_channels>);
static_assert(refuses_grouped<25, grouped{.out = 60, .stride = 2, .first_is_grouped = false},
                              fault::groups_must_divide_the_channels>);

// Convolutions and pools.
static_assert(refuses<shape{3, 8, 8}, conv{.out = 0}, fault::output_channels_must_be_positive>);
static_assert(refuses<shape{3, 8, 8}, conv{.out = -24}, fault::output_channels_must_be_positive>);
static_assert(refuses<shape{3, 8, 8}, conv{.out = 8, .kernel = 2}, fault::kernel_must_be_odd>);
static_assert(refuses<shape{3, 8, 8}, conv{.out = 8, .kernel = 0}, fault::kernel_must_be_odd>);
static_assert(refuses<shape{3, 8, 8}, conv{.out = 8, .kernel = -3}, fault::kernel_must_be_odd>);
static_assert(refuses<shape{3, 8, 8}, depthwise{.kernel = 4}, fault::kernel_must_be_odd>);
static_assert(refuses<shape{3, 16, 16}, depthwise{.kernel = 11}, fault::window_must_be_at_most_9_wide>);
static_assert(refuses<shape{3, 16, 16}, max_pool{.kernel = 11}, fault::window_must_be_at_most_9_wide>);
static_assert(refuses<shape{3, 8, 8}, max_pool{.kernel = 2}, fault::kernel_must_be_odd>);
static_assert(refuses<shape{3, 8, 8}, average_pool{.kernel = 2}, fault::kernel_must_be_odd>);
static_assert(refuses<shape{3, 9, 8}, conv{.out = 8, .stride = 2}, fault::stride_must_divide_the_size>);
static_assert(refuses<shape{3, 8, 8}, conv{.out = 8, .stride = 0}, fault::stride_must_divide_the_size>);
static_assert(refuses<shape{3, 8, 8}, conv{.out = 8, .stride = -1}, fault::stride_must_divide_the_size>);
static_assert(refuses<shape{3, 8, 8}, depthwise{.stride = 3}, fault::stride_must_divide_the_size>);
static_assert(refuses<shape{3, 8, 9}, max_pool{}, fault::stride_must_divide_the_size>);
static_assert(refuses<shape{3, 9, 8}, average_pool{}, fault::stride_must_divide_the_size>);

// The classifier.
static_assert(refuses<shape{24, 2, 1}, linear{.out = 10}, fault::linear_needs_one_pixel>);
static_assert(refuses<shape{24, 1, 1}, linear{.out = 0}, fault::output_channels_must_be_positive>);

// Blocks of blocks: the whole is named, with what reached the part that refuses.
constexpr auto uneven = parallel<depthwise{}, depthwise{.stride = 2}>;
static_assert(rejects_join<verdict<shape{3, 8, 8}, uneven>, 0, uneven, shape{3, 8, 8}, shape{3, 4, 4},
                           fault::joined_maps_must_have_one_size>);
constexpr auto widened = residual<activation::relu, conv{.out = 5}>;
static_assert(rejects_join<verdict<shape{3, 8, 8}, widened>, 0, widened, shape{3, 8, 8}, shape{5, 8, 8},
                           fault::added_maps_must_have_one_shape>);
constexpr auto halved = residual<activation::none, depthwise{.stride = 2}>;
static_assert(rejects_join<verdict<shape{3, 8, 8}, halved>, 0, halved, shape{3, 8, 8}, shape{3, 4, 4},
                           fault::added_maps_must_have_one_shape>);
constexpr auto twice = repeat<2, shuffle_down{.out = 20}>;
static_assert(rejects<verdict<shape{3, 6, 6}, stem, twice>, 1, twice, shape{20, 3, 3},
                      fault::stride_must_divide_the_size>);
constexpr auto inner = chain<conv{.out = 12}, chain<aug_shuffle{.split = {1, 8}}>>;
static_assert(
    rejects<verdict<shape{3, 6, 6}, stem, inner>, 1, inner, shape{12, 6, 6}, fault::split_must_be_whole>);

// The first refusal counts, and says where.
static_assert(rejects<verdict<shape{3, 32, 32}, stem, shuffle_down{.out = 60}, aug_shuffle{.split = {3, 8}},
                              conv{.out = 0}>,
                      2, aug_shuffle{.split = {3, 8}}, shape{60, 16, 16}, fault::split_must_be_whole>);

// ShuffleNetV2's 116 channels are the reason why AugShuffleNet 1.0x has 120.
static_assert(!accepts<shape{116, 16, 16}, aug_shuffle{.split = {3, 8}}>);
static_assert(!accepts<shape{116, 16, 16}, aug_shuffle{.split = {1, 8}}>);
static_assert(accepts<shape{240, 8, 8}, aug_shuffle{.split = {3, 8}}>);

}  // namespace

TEST_CASE("every fault is a sentence") {
    for (int i = 0; i <= static_cast<int>(fault::shared_weights_must_have_one_shape); ++i) {
        const char* sentence = to_sentence(static_cast<fault>(i));
        CHECK(std::strlen(sentence) > 10);
    }
}
