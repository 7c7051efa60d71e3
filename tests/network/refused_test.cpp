// SPDX-License-Identifier: BSD-3-Clause
// Every refusal by its one readable type. Compiling is passing; ../refusals holds what compilers print.
#include <cstring>
#include <limits>
#include <type_traits>

#include <doctest/doctest.h>

#include "plait/blocks/blocks.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/network/network.hpp"

using namespace plait;

namespace {

template <auto Block>
using kind_of = std::remove_cv_t<decltype(Block)>;

template <class Refusal, int Position, auto Block, shape Input, refusal Why>
constexpr bool rejects =
    std::is_same_v<Refusal, block_refuses_input<Position, kind_of<Block>, Block, Input, Why>>;

template <class Refusal, int Position, auto Block, shape First, shape Second, refusal Why>
constexpr bool rejects_join =
    std::is_same_v<Refusal, block_refuses_join<Position, kind_of<Block>, Block, First, Second, Why>>;

/// The only block refuses the network's input.
template <shape Input, auto Block, refusal Why>
constexpr bool refuses = rejects<refusal_of<Input, Block>, 0, Block, Input, Why>;

template <shape Input, auto... Blocks>
constexpr bool accepts = std::is_same_v<refusal_of<Input, Blocks...>, accepted>;

constexpr conv stem{.out = 24, .kernel = 3};

// What is accepted.
static_assert(accepts<shape{3, 32, 32}, stem>);
static_assert(accepts<shape{3, 32, 32}>);
static_assert(accepts<shape{1, 1, 1}, stem, linear{.out = 1}>);
static_assert(accepts<shape{3, 34, 18}, stem, shuffle_down{.out = 48}, aug_shuffle{.split = {1, 2}}>);
static_assert(accepts<shape{4, 1, 1}, aug_shuffle{.split = {1, 2}}>);

// Sizes.
static_assert(refuses<shape{0, 32, 32}, stem, refusals::sizes_must_be_positive>);
static_assert(refuses<shape{3, 0, 32}, stem, refusals::sizes_must_be_positive>);
static_assert(refuses<shape{3, 32, -1}, stem, refusals::sizes_must_be_positive>);
static_assert(refuses<shape{3, 8, 8}, upsample{.factor = 0}, refusals::factor_must_be_positive>);
static_assert(refuses<shape{3, 8, 8}, upsample{.factor = -2}, refusals::factor_must_be_positive>);

// The ShuffleNetV2 unit.
static_assert(refuses<shape{25, 8, 8}, shuffle_unit{}, refusals::channels_must_be_even>);
static_assert(
    refuses<shape{1, 8, 8}, shuffle_unit{.mix = mixing::before_pairs}, refusals::channels_must_be_even>);

// The split of the AugShuffle unit.
template <int Channels, ratio Split, refusal Why>
constexpr bool refuses_split = refuses<shape{Channels, 8, 8}, aug_shuffle{.split = Split}, Why>;

static_assert(refuses_split<96, ratio{0, 8}, aug_shuffle::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{8, 8}, aug_shuffle::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{9, 8}, aug_shuffle::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{-1, 2}, aug_shuffle::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{1, -2}, aug_shuffle::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{-2, -1}, aug_shuffle::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<96, ratio{1, 0}, aug_shuffle::split_ratio_must_lie_between_0_and_1>);
static_assert(refuses_split<60, ratio{3, 8}, aug_shuffle::split_must_be_whole>);
static_assert(refuses_split<116, ratio{3, 8}, aug_shuffle::split_must_be_whole>);
static_assert(refuses_split<7, ratio{1, 2}, aug_shuffle::split_must_be_whole>);
static_assert(refuses_split<24, ratio{3, 8}, aug_shuffle::transform_halves_must_be_whole>);
static_assert(refuses_split<2, ratio{1, 2}, aug_shuffle::transform_halves_must_be_whole>);
static_assert(refuses_split<58, ratio{1, 2}, aug_shuffle::transform_halves_must_be_whole>);
static_assert(refuses_split<5, ratio{2, 5}, aug_shuffle::bank_halves_must_be_whole>);
static_assert(refuses_split<15, ratio{2, 3}, aug_shuffle::bank_halves_must_be_whole>);

// Shuffles.
constexpr refusal groups_must_divide = refusals::groups_must_divide_the_channels;
static_assert(refuses<shape{12, 4, 4}, channel_shuffle{.groups = 5}, groups_must_divide>);
static_assert(refuses<shape{12, 4, 4}, channel_shuffle{.groups = 0}, groups_must_divide>);
static_assert(refuses<shape{12, 4, 4}, channel_shuffle{.groups = -3}, groups_must_divide>);
static_assert(refuses<shape{16, 4, 4}, aug_shuffle{.shuffle_groups = 3}, groups_must_divide>);
static_assert(refuses<shape{16, 4, 4}, aug_shuffle{.shuffle_groups = 0}, groups_must_divide>);
static_assert(accepts<shape{18, 4, 4}, aug_shuffle{.split = {1, 2}, .communication = communication::never}>);
static_assert(
    refuses<shape{18, 4, 4}, aug_shuffle{.split = {1, 3}, .communication = communication::after_both},
            aug_shuffle::half_must_be_even>);

// The down unit.
static_assert(refuses<shape{24, 8, 8}, shuffle_down{.out = 49}, refusals::output_channels_must_be_even>);
static_assert(refuses<shape{24, 8, 8}, shuffle_down{.out = 0}, refusals::output_channels_must_be_positive>);
static_assert(refuses<shape{24, 8, 8}, shuffle_down{.out = -2}, refusals::output_channels_must_be_positive>);
static_assert(accepts<shape{24, 7, 8}, shuffle_down{.out = 48}>);
static_assert(accepts<shape{24, 1, 1}, shuffle_down{.out = 48}>);

// The inverted residual.
static_assert(accepts<shape{24, 7, 7}, inverted_residual{.out = 24}, inverted_residual{.out = 32}>);
static_assert(
    refuses<shape{24, 8, 8}, inverted_residual{.out = 0}, refusals::output_channels_must_be_positive>);
static_assert(refuses<shape{24, 8, 8}, inverted_residual{.out = 24, .expansion = 0},
                      inverted_residual::expansion_must_be_positive>);
static_assert(accepts<shape{24, 7, 8}, inverted_residual{.out = 24, .stride = 2}>);
constexpr inverted_residual standing{.out = 24, .stride = 0};
static_assert(rejects<refusal_of<shape{24, 8, 8}, standing>, 0, standing, shape{144, 8, 8},
                      refusals::windows_are_of_positive_numbers>);
constexpr inverted_residual even{.out = 24, .kernel = 4};
static_assert(rejects<refusal_of<shape{24, 8, 8}, even>, 0, even, shape{144, 8, 8},
                      refusals::an_even_kernel_has_no_middle>);

// ResNet's basic block.
static_assert(accepts<shape{24, 7, 7}, basic_residual{.out = 24}, basic_residual{.out = 32}>);
static_assert(
    refuses<shape{24, 8, 8}, basic_residual{.out = -1}, refusals::output_channels_must_be_positive>);
static_assert(accepts<shape{24, 8, 7}, basic_residual{.out = 24, .stride = 2}>);
static_assert(refuses<shape{24, 8, 8}, basic_residual{.out = 24, .stride = -1},
                      refusals::windows_are_of_positive_numbers>);

// ShuffleNetV1's unit.
template <int Channels, grouped_shuffle_unit Unit, refusal Why>
constexpr bool refuses_grouped = refuses<shape{Channels, 8, 8}, Unit, Why>;
using grouped = grouped_shuffle_unit;

static_assert(accepts<shape{24, 8, 8}, grouped{.out = 240, .stride = 2}, grouped{.out = 240}>);
static_assert(refuses_grouped<24, grouped{.out = 0}, refusals::output_channels_must_be_positive>);
static_assert(refuses_grouped<30, grouped{.out = 30}, grouped::bottleneck_must_be_whole>);
static_assert(refuses_grouped<24, grouped{.out = 48, .stride = 3}, grouped::stride_must_be_1_or_2>);
static_assert(refuses_grouped<24, grouped{.out = 48}, refusals::added_maps_must_have_one_shape>);
static_assert(
    refuses_grouped<48, grouped{.out = 48, .stride = 2}, grouped::output_must_be_wider_than_the_input>);
static_assert(accepts<shape{24, 7, 8}, grouped{.out = 48, .stride = 2}>);
static_assert(
    refuses_grouped<24, grouped{.out = 24, .groups = 0}, refusals::groups_must_divide_the_channels>);
static_assert(
    refuses_grouped<25, grouped{.out = 60, .stride = 2}, refusals::groups_must_divide_the_channels>);
static_assert(
    refuses_grouped<24, grouped{.out = 64, .stride = 2}, refusals::groups_must_divide_the_channels>);
static_assert(refuses_grouped<25, grouped{.out = 60, .stride = 2, .first_is_grouped = false},
                              refusals::groups_must_divide_the_channels>);

// Convolutions and pools.
static_assert(refuses<shape{3, 8, 8}, conv{.out = 0}, refusals::output_channels_must_be_positive>);
static_assert(refuses<shape{6, 8, 8}, conv{.out = 8, .groups = 6}, groups_must_divide>);
static_assert(refuses<shape{6, 8, 8}, conv{.out = 3, .groups = 6}, groups_must_divide>);
static_assert(refuses<shape{6, 8, 8}, conv{.out = 8, .groups = 4}, groups_must_divide>);
static_assert(refuses<shape{6, 8, 8}, conv{.out = 6, .groups = 0}, groups_must_divide>);
static_assert(accepts<shape{66, 8, 8}, conv{.out = 66, .groups = 33}, conv{.out = 132, .groups = 66},
                      conv{.out = 44, .kernel = 3, .groups = 44}>);
static_assert(refuses<shape{3, 8, 8}, conv{.out = -24}, refusals::output_channels_must_be_positive>);
static_assert(refuses<shape{3, 8, 8}, conv{.out = 8, .kernel = 2}, refusals::an_even_kernel_has_no_middle>);
static_assert(refuses<shape{3, 8, 8}, depthwise{.kernel = 4}, refusals::an_even_kernel_has_no_middle>);
static_assert(
    refuses<shape{3, 8, 8}, max_pool{.kernel = 2, .stride = 1}, refusals::an_even_kernel_has_no_middle>);
static_assert(
    refuses<shape{3, 8, 8}, max_pool{.kernel = 2, .dilation = 2}, refusals::an_even_kernel_has_no_middle>);
static_assert(
    refuses<shape{3, 8, 8}, max_pool{.kernel = extent{2, 4}}, refusals::an_even_kernel_has_no_middle>);
static_assert(accepts<shape{3, 8, 8}, max_pool{.kernel = 2}, average_pool{.kernel = 2, .stride = 2}>);
static_assert(
    refuses<shape{3, 8, 8}, average_pool{.kernel = 2, .stride = 1}, refusals::an_even_kernel_has_no_middle>);
static_assert(refuses<shape{3, 8, 8}, max_pool{.kernel = extent{3, 2}, .stride = 1},
                      refusals::an_even_kernel_has_no_middle>);
static_assert(
    accepts<shape{3, 8, 8}, conv{.out = 8, .kernel = 2, .padding = 0}, max_pool{.kernel = 2, .padding = 0},
            depthwise{.kernel = 4, .padding = padding::tensorflow_same}>);
static_assert(accepts<shape{3, 16, 16}, depthwise{.kernel = 11}, max_pool{.kernel = 13}>);
static_assert(accepts<shape{3, 9, 8}, conv{.out = 8, .stride = 2}, depthwise{.stride = 3}, max_pool{}>);

template <auto Block, refusal Why>
constexpr bool refuses_window = refuses<shape{3, 8, 8}, Block, Why>;
static_assert(refuses_window<conv{.out = 8, .kernel = 0}, refusals::windows_are_of_positive_numbers>);
static_assert(refuses_window<conv{.out = 8, .kernel = -3}, refusals::windows_are_of_positive_numbers>);
static_assert(refuses_window<conv{.out = 8, .stride = 0}, refusals::windows_are_of_positive_numbers>);
static_assert(refuses_window<conv{.out = 8, .stride = -1}, refusals::windows_are_of_positive_numbers>);
static_assert(
    refuses_window<conv{.out = 8, .stride = extent{1, 0}}, refusals::windows_are_of_positive_numbers>);
static_assert(refuses_window<max_pool{.dilation = 0}, refusals::windows_are_of_positive_numbers>);
static_assert(
    refuses_window<conv{.out = 8, .kernel = 3, .padding = -1}, refusals::padding_must_not_be_negative>);
static_assert(refuses_window<conv{.out = 8, .kernel = 3, .padding = sides{.bottom = -1}},
                             refusals::padding_must_not_be_negative>);
static_assert(refuses_window<conv{.out = 8, .kernel = 4097}, refusals::windows_have_at_most_4096_pixels>);
static_assert(
    refuses_window<conv{.out = 8, .stride = 0x7fffffff}, refusals::windows_have_at_most_4096_pixels>);
static_assert(refuses_window<conv{.out = 8, .kernel = 3, .padding = 0x7fffffff},
                             refusals::windows_have_at_most_4096_pixels>);
static_assert(
    refuses_window<conv{.out = 8, .kernel = 9, .padding = 0}, refusals::window_must_fit_the_padded_map>);
static_assert(refuses_window<depthwise{.kernel = extent{9, 1}, .padding = 0},
                             refusals::window_must_fit_the_padded_map>);
static_assert(refuses_window<depthwise{.kernel = 3, .padding = 0, .dilation = 4},
                             refusals::window_must_fit_the_padded_map>);
static_assert(refuses_window<max_pool{.kernel = 2, .padding = 2}, refusals::pools_must_read_the_map>);
static_assert(refuses_window<average_pool{.kernel = 2, .padding = sides{.right = 3}},
                             refusals::pools_must_read_the_map>);
static_assert(accepts<shape{3, 8, 8}, max_pool{.kernel = 2, .padding = 1}, conv{.out = 3, .padding = 1}>);

// Transposed convolutions.
template <conv_transpose Block, refusal Why>
constexpr bool refuses_transposed = refuses<shape{3, 1, 8}, Block, Why>;
static_assert(
    accepts<shape{3, 1, 8}, conv_transpose{.out = 4}, conv_transpose{.out = 4, .kernel = 3, .padding = 2}>);
static_assert(refuses_transposed<conv_transpose{.out = 0}, refusals::output_channels_must_be_positive>);
static_assert(
    refuses_transposed<conv_transpose{.out = 4, .stride = 0}, refusals::windows_are_of_positive_numbers>);
static_assert(
    refuses_transposed<conv_transpose{.out = 4, .kernel = 0}, refusals::windows_are_of_positive_numbers>);
static_assert(
    refuses_transposed<conv_transpose{.out = 4, .padding = -1}, refusals::padding_must_not_be_negative>);
static_assert(
    refuses_transposed<conv_transpose{.out = 4, .kernel = 4097}, refusals::windows_have_at_most_4096_pixels>);
static_assert(refuses_transposed<conv_transpose{.out = 4, .padding = 2},
                                 refusals::padding_must_be_smaller_than_the_kernel>);
static_assert(refuses_transposed<conv_transpose{.out = 4, .output_padding = 2},
                                 refusals::output_padding_must_be_smaller_than_the_stride>);
static_assert(refuses_transposed<conv_transpose{.out = 4, .output_padding = -1},
                                 refusals::output_padding_must_be_smaller_than_the_stride>);
static_assert(
    refuses_transposed<conv_transpose{.out = 4, .kernel = 3, .padding = 2}, refusals::a_pixel_must_be_left>);
static_assert(refuses_transposed<conv_transpose{.out = 4, .name = "up"}, conv::the_norm_must_be_named_too>);

// The classifier.
static_assert(accepts<shape{24, 2, 1}, linear{.out = 10}>);
static_assert(accepts<shape{3, 4, 4}, flatten{}, activate{}, dropout{}, linear{.out = 10}, flatten{},
                      batch_norm{}, conv{.out = 3}>);
static_assert(accepts<shape{3, 4, 4}, parallel<flatten{}, flatten{}>, linear{.out = 10}>);
template <auto... Blocks>
constexpr bool refuses_flattened = !accepts<shape{4, 4, 4}, flatten{}, Blocks...>;
static_assert(rejects<refusal_of<shape{4, 4, 4}, flatten{}, conv{.out = 4}>, 1, conv{.out = 4},
                      shape{4, 4, 4}, refusals::what_is_flattened_is_no_map>);
static_assert(refuses_flattened<batch_norm{}> && refuses_flattened<max_pool{}> &&
              refuses_flattened<softmax{}>);
static_assert(refuses_flattened<channel_shuffle{}> && refuses_flattened<upsample{}>);
static_assert(refuses_flattened<dropout{}, activate{}, global_average_pool{}>);
static_assert(refuses_flattened<shuffle_unit{}>);
static_assert(!accepts<shape{4, 4, 4}, parallel<flatten{}, chain<>>, linear{.out = 3}>);
static_assert(refuses<shape{24, 2, 1}, linear{.out = -10}, refusals::output_channels_must_be_positive>);
static_assert(refuses<shape{24, 1, 1}, linear{.out = 0}, refusals::output_channels_must_be_positive>);

// Blocks of blocks: the part that refuses is named, with what reached it; a join is the whole's.
constexpr auto uneven = parallel<depthwise{}, depthwise{.stride = 2}>;
static_assert(rejects_join<refusal_of<shape{3, 8, 8}, uneven>, 0, uneven, shape{3, 8, 8}, shape{3, 4, 4},
                           refusals::joined_maps_must_have_one_size>);
constexpr auto widened = residual<activation::relu, conv{.out = 5}>;
static_assert(rejects_join<refusal_of<shape{3, 8, 8}, widened>, 0, widened, shape{3, 8, 8}, shape{5, 8, 8},
                           refusals::added_maps_must_have_one_shape>);
constexpr auto halved = residual<activation::none, depthwise{.stride = 2}>;
static_assert(rejects_join<refusal_of<shape{3, 8, 8}, halved>, 0, halved, shape{3, 8, 8}, shape{3, 4, 4},
                           refusals::added_maps_must_have_one_shape>);
constexpr conv cropped{.out = 20, .kernel = 4, .padding = 0};
constexpr auto twice = repeat<2, cropped>;
static_assert(rejects<refusal_of<shape{3, 6, 6}, stem, twice>, 1, cropped, shape{20, 3, 3},
                      refusals::window_must_fit_the_padded_map>);
constexpr auto inner = chain<conv{.out = 12}, chain<aug_shuffle{.split = {1, 8}}>>;
static_assert(rejects<refusal_of<shape{3, 6, 6}, stem, inner>, 1, aug_shuffle{.split = {1, 8}},
                      shape{12, 6, 6}, aug_shuffle::split_must_be_whole>);
constexpr auto second = scope<"a", named<"b", parallel<chain<>, linear{.out = 0}>>>;
static_assert(rejects<refusal_of<shape{3, 6, 6}, second>, 0, linear{.out = 0}, shape{3, 6, 6},
                      refusals::output_channels_must_be_positive>);

// A user's block has sentences of its own. Of what it is made of nothing is known but the whole.
struct picky {
    static constexpr sentence width_must_be_a_prime{"the width must be a prime"};
    int prime = 7;
    constexpr refusal check(shape s) const {
        if (s.width != prime) return width_must_be_a_prime;
        return {};
    }
    constexpr feature_map lower(graph& g, feature_map x) const { return g(x, conv{.out = 3, .kernel = 2}); }
};
static_assert(rejects<refusal_of<shape{3, 6, 8}, stem, chain<picky{}>>, 1, picky{}, shape{24, 6, 8},
                      picky::width_must_be_a_prime>);
static_assert(rejects<refusal_of<shape{3, 6, 7}, stem, chain<picky{}>>, 1, picky{}, shape{24, 6, 7},
                      refusals::an_even_kernel_has_no_middle>);

// Calls that a block makes are checked where they are made.
enum class call {
    linear_to_nothing,
    upsample_by_0,
    upsample_by_less,
    upsample_beyond_int,
    slice_past_the_end,
    slice_before,
    slice_reversed,
    slice_of_nothing,
    slice_of_slice,
    made_up,
    made_up_size,
    conv_of_none,
    dropout_always,
    no_epsilon,
    momentum_beyond_1,
    nothing_to_share,
    empty_name,
    combined_with_other_channels,
    combined_with_other_pixels,
    multiplied_by_infinity,
    divided_by_0,
    resized_to_nothing,
    resized_by_nothing,
    resized_in_two_ways,
    padded_by_less,
    reflected_too_far,
    cut_beyond_the_map,
    cut_without_steps,
    shuffled_unevenly,
    shuffled_by_0,
    unshuffled_unevenly,
    fewer_channels
};
template <call Which>
struct calls_wrongly {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        feature_map other = x;
        switch (Which) {
            case call::linear_to_nothing: return g.linear(x, 0);
            case call::upsample_by_0: return g.upsample(x, 0);
            case call::upsample_by_less: return g.upsample(x, -1);
            case call::upsample_beyond_int: return g.upsample(x, 100'000);
            case call::slice_past_the_end: return g.conv(x.slice(0, 5), {.out = 4});
            case call::slice_before: return g.depthwise(x.slice(-1, 3), {});
            case call::slice_reversed: return g.max_pool(x.slice(3, 1), {});
            case call::slice_of_nothing: return g.concat(x.slice(2, 2), x);
            case call::slice_of_slice: return g.shuffle(x.slice(0, 2).slice(0, 3), 1);
            case call::made_up: return g.output({x.size, 2, 40});
            case call::made_up_size: other.size = {2, 2}; return g.depthwise(other, {});
            case call::conv_of_none: return g.conv(x, {.out = -4});
            case call::dropout_always: return g.dropout(x, 1.0);
            case call::no_epsilon: return g.conv(x, {.out = 3, .after = {.epsilon = -1e-5}});
            case call::momentum_beyond_1: return g.conv(x, {.out = 3, .after = {.momentum = 1.5}});
            case call::nothing_to_share: return g.share("head")(x, conv{.out = 3});
            case call::empty_name: return g.in("a..b")(x, conv{.out = 3});
            case call::combined_with_other_channels: return g.multiply(x, g.conv(x, {.out = 3}));
            case call::combined_with_other_pixels: return g.subtract(g.max_pool(x, {}), x);
            case call::multiplied_by_infinity: return g.multiply(x, 1e39);
            case call::divided_by_0: return g.divide(x, 0);
            case call::resized_to_nothing: return g.interpolate(x, {.to = {4, 0}});
            case call::resized_by_nothing: return g.interpolate(x, {.factor = 0.2});
            case call::resized_in_two_ways: return g.interpolate(x, {.to = {2, 2}, .factor = 2});
            case call::padded_by_less: return g.pad(x, {.top = -1});
            case call::reflected_too_far: return g.pad(x, {.left = 4}, padding_mode::reflection);
            case call::cut_beyond_the_map: return g.slice_pixels(x, {.from = 1, .to = 5}, {});
            case call::cut_without_steps: return g.slice_pixels(x, {}, {.step = 0});
            case call::shuffled_unevenly: return g.pixel_shuffle(x, 3);
            case call::shuffled_by_0: return g.pixel_shuffle(x, 0);
            case call::unshuffled_unevenly: return g.pixel_unshuffle(x, 3);
            case call::fewer_channels: return g.pad_channels(x, 2, -1);
        }
        return x;
    }
};
template <call Which>
constexpr refusal refused_because = [] {
    using detail::find_refusal;
    return refusal(*find_refusal<shape{4, 4, 4}, calls_wrongly<Which>{}>().why);
}();
static_assert(refused_because<call::linear_to_nothing> == refusals::output_channels_must_be_positive);
static_assert(refused_because<call::upsample_by_0> == refusals::factor_must_be_positive);
static_assert(refused_because<call::upsample_by_less> == refusals::factor_must_be_positive);
static_assert(refused_because<call::upsample_beyond_int> == refusals::map_must_fit_an_int);
static_assert(refused_because<call::slice_past_the_end> == refusals::slice_must_lie_in_the_map);
static_assert(refused_because<call::slice_before> == refusals::slice_must_lie_in_the_map);
static_assert(refused_because<call::slice_reversed> == refusals::slice_must_lie_in_the_map);
static_assert(refused_because<call::slice_of_nothing> == refusals::slice_must_lie_in_the_map);
static_assert(refused_because<call::slice_of_slice> == refusals::slice_must_lie_in_the_map);
static_assert(refused_because<call::made_up> == refusals::slice_must_lie_in_the_map);
static_assert(refused_because<call::made_up_size> == refusals::slice_must_lie_in_the_map);
static_assert(refused_because<call::conv_of_none> == refusals::output_channels_must_be_positive);
static_assert(refused_because<call::dropout_always> == refusals::probability_must_lie_between_0_and_1);
static_assert(refused_because<call::no_epsilon> == refusals::epsilon_must_be_positive);
static_assert(refused_because<call::momentum_beyond_1> == refusals::momentum_must_lie_between_0_and_1);
static_assert(refused_because<call::nothing_to_share> == refusals::nothing_has_this_name_to_share);
static_assert(refused_because<call::empty_name> == refusals::names_must_be_words);
static_assert(refused_because<call::combined_with_other_channels> ==
              refusals::combined_maps_must_fit_each_other);
static_assert(refused_because<call::combined_with_other_pixels> ==
              refusals::combined_maps_must_fit_each_other);
static_assert(refused_because<call::multiplied_by_infinity> == refusals::constants_must_be_finite);
static_assert(refused_because<call::divided_by_0> == refusals::constants_must_be_finite);
static_assert(refused_because<call::resized_to_nothing> == refusals::a_resize_leaves_a_pixel);
static_assert(refused_because<call::resized_by_nothing> == refusals::a_resize_leaves_a_pixel);
static_assert(refused_because<call::resized_in_two_ways> == refusals::a_resize_has_a_size_or_a_factor);
static_assert(refused_because<call::padded_by_less> == refusals::padding_must_not_be_negative);
static_assert(refused_because<call::reflected_too_far> == refusals::reflections_must_lie_in_the_map);
static_assert(refused_because<call::cut_beyond_the_map> == refusals::sliced_pixels_must_lie_in_the_map);
static_assert(refused_because<call::cut_without_steps> == refusals::sliced_pixels_must_lie_in_the_map);
static_assert(refused_because<call::shuffled_unevenly> == refusals::squares_must_divide_the_channels);
static_assert(refused_because<call::shuffled_by_0> == refusals::shuffled_pixels_are_few);
static_assert(refused_because<call::unshuffled_unevenly> == refusals::squares_must_divide_the_map);
static_assert(refused_because<call::fewer_channels> == refusals::padding_must_not_be_negative);

// A gate of another shape.
struct gated_wrongly {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.multiply(x, g.conv(g.global_average_pool(x), {.out = 3}));
    }
};
static_assert(rejects_join<refusal_of<shape{4, 8, 8}, gated_wrongly{}>, 0, gated_wrongly{}, shape{4, 8, 8},
                           shape{3, 1, 1}, refusals::combined_maps_must_fit_each_other>);
static_assert(
    accepts<shape{4, 8, 8}, squeeze_excitation{.squeezed = 1}, pixel_shuffle{}, pad{.sides = {1, 2, 3, 4}},
            interpolate{.factor = 1.5}, slice_pixels{.rows = {.step = 3}}, pad_channels{.after = 2}>);
static_assert(refuses<shape{4, 8, 8}, dense_unit{.growth = 0}, dense_unit::growth_must_be_positive>);
static_assert(refuses<shape{4, 8, 8}, dense_unit{.growth = 2, .bottleneck = -1},
                      dense_unit::bottleneck_must_be_positive>);
static_assert(refuses<shape{4, 8, 8}, inception{.out = {1, 1, 0, 1}, .reduced = {1, 1}},
                      inception::branches_must_have_channels>);
static_assert(refuses<shape{4, 8, 8}, inception{.out = {1, 1, 1, 1}, .reduced = {1, -1}},
                      inception::branches_must_have_channels>);
constexpr inception even_inception{.out = {1, 1, 1, 1}, .reduced = {1, 2}, .third_kernel = 2};
static_assert(rejects<refusal_of<shape{4, 8, 8}, even_inception>, 0, even_inception, shape{2, 8, 8},
                      refusals::an_even_kernel_has_no_middle>);
static_assert(
    refuses<shape{4, 8, 8}, squeeze_excitation{.squeezed = 0}, refusals::output_channels_must_be_positive>);
static_assert(refuses<shape{4, 8, 8}, interpolate{}, refusals::a_resize_leaves_a_pixel>);
static_assert(refuses<shape{4, 8, 8}, pad{.sides = {.top = 8}, .mode = padding_mode::reflection},
                      refusals::reflections_must_lie_in_the_map>);
static_assert(refuses<shape{6, 8, 8}, pixel_shuffle{}, refusals::squares_must_divide_the_channels>);
static_assert(refuses<shape{6, 8, 7}, pixel_unshuffle{}, refusals::squares_must_divide_the_map>);

// Names. Two layers have one tensor only where `share` asks for it.
struct one_scope_block {
    static constexpr bool composite = true;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.in("body")(x, conv{.out = 4}); }
};
struct named_leaf {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.conv(g.conv(x, {.out = 4, .name = "same", .norm_name = "norm_1"}),
                      {.out = 4, .name = "same", .norm_name = "norm_2"});
    }
};
template <char... Characters>
using spelled = characters<Characters...>;
static_assert(std::is_same_v<refusal_of<shape{4, 4, 4}, repeat<2, one_scope_block{}>>,
                             layers_have_one_name<spelled<'b', 'o', 'd', 'y', '.', '0', '.', '0'>, 0,
                                                  kind_of<repeat<2, one_scope_block{}>>, 0,
                                                  kind_of<repeat<2, one_scope_block{}>>>>);
static_assert(std::is_same_v<
              refusal_of<shape{4, 4, 4}, stem, named<"0", conv{.out = 4}>>,
              layers_have_one_name<spelled<'0', '.', '0'>, 0, conv, 1, kind_of<named<"0", conv{.out = 4}>>>>);
static_assert(std::is_same_v<
              refusal_of<shape{4, 4, 4}, stem, named_leaf{}>,
              layers_have_one_name<spelled<'1', '.', 's', 'a', 'm', 'e'>, 1, named_leaf, 1, named_leaf>>);
static_assert(accepts<shape{4, 4, 4}, repeat<2, scope<"a", conv{.out = 4}>>> == false);
static_assert(accepts<shape{4, 4, 4}, scope<"a", repeat<2, conv{.out = 4}>>>);
static_assert(accepts<shape{4, 4, 4}, scope<"a", one_scope_block{}>, scope<"b", one_scope_block{}>>);
static_assert(refuses<shape{3, 8, 8}, conv{.out = 4, .name = "conv1"}, conv::the_norm_must_be_named_too>);
static_assert(
    refuses<shape{3, 8, 8}, conv{.out = 4, .norm_name = "bn1"}, conv::a_norm_that_is_not_there_has_no_name>);
static_assert(accepts<shape{3, 8, 8}, conv{.out = 4, .after = affine::bias, .name = "conv1"}>);

// A norm may follow anything.
static_assert(accepts<shape{3, 8, 8}, batch_norm{}>);
static_assert(
    accepts<shape{3, 8, 8}, stem, batch_norm{}, max_pool{}, batch_norm{}, batch_norm{.scales = false}>);
static_assert(refuses<shape{3, 8, 8}, batch_norm{.epsilon = -1e-5}, refusals::epsilon_must_be_positive>);
static_assert(
    refuses<shape{3, 8, 8}, batch_norm{.momentum = 1.5}, refusals::momentum_must_lie_between_0_and_1>);
static_assert(accepts<shape{3, 8, 8}, conv{.out = 4, .after = affine::bias, .activation = activation::none},
                      batch_norm{}, activate{}>);

// Activations.
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr conv with_activation(activation act) { return {.out = 4, .activation = act}; }
static_assert(
    refuses<shape{3, 8, 8}, activate{activation::clip(2, 1)}, refusals::clip_must_be_from_low_to_high>);
static_assert(refuses<shape{3, 8, 8}, activate{activation::clip(0, infinite)},
                      refusals::activation_must_be_of_finite_numbers>);
static_assert(refuses<shape{3, 8, 8}, activate{activation::clip(not_a_number, 1)},
                      refusals::activation_must_be_of_finite_numbers>);
static_assert(refuses<shape{3, 8, 8}, activate{activation::leaky_relu(1e39)},
                      refusals::activation_must_be_of_finite_numbers>);
static_assert(refuses<shape{3, 8, 8}, activate{activation::elu(-infinite)},
                      refusals::activation_must_be_of_finite_numbers>);
static_assert(refuses<shape{3, 8, 8}, activate{activation::hard_sigmoid(0.2, not_a_number)},
                      refusals::activation_must_be_of_finite_numbers>);
static_assert(refuses<shape{3, 8, 8}, with_activation(activation::clip(1, 0)),
                      refusals::clip_must_be_from_low_to_high>);
static_assert(refuses<shape{4, 8, 8}, depthwise{.activation = activation::leaky_relu(infinite)},
                      refusals::activation_must_be_of_finite_numbers>);
static_assert(!accepts<shape{3, 8, 8}, residual<activation::clip(1, 0), conv{.out = 3}>>);
static_assert(accepts<shape{3, 8, 8}, activate{activation::clip(1, 1)}, activate{activation::leaky_relu(-3)},
                      with_activation(activation::hard_sigmoid(0.2)), prelu{}, prelu{.one_slope = true}>);

struct two_prelus_with_one_weight {
    int out;
    bool one_slope;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g.prelu(x, {.name = "act"});
        const feature_map z = g.conv(y, {.out = out, .name = "conv", .norm_name = "bn"});
        return g.share("")([&] { return g.prelu(z, {.one_slope = one_slope, .name = "act"}); });
    }
};
static_assert(accepts<shape{3, 8, 8}, two_prelus_with_one_weight{3, false}>);
static_assert(!accepts<shape{3, 8, 8}, two_prelus_with_one_weight{4, false}>);
static_assert(!accepts<shape{3, 8, 8}, two_prelus_with_one_weight{3, true}>);

// Values of channels, and inputs.
struct after_flattening {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.multiply(g.flatten(x), channel_values{});
    }
};
static_assert(refuses<shape{3, 8, 8}, after_flattening{}, refusals::what_is_flattened_is_no_map>);
static_assert(refuses<shape{3, 8, 8}, combine_constant{binary_operation::divide, 0},
                      refusals::constants_must_be_finite>);

struct value_and_slope_with_one_name {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g.multiply(x, channel_values{.name = "act"});
        return g.share("")([&] { return g.prelu(y, {.name = "act"}); });
    }
};
static_assert(!accepts<shape{3, 8, 8}, value_and_slope_with_one_name{}>);
static_assert(!accepts<shape{3, 8, 8}, combine_values{.name = "a"}, combine_values{.name = "a"}>);

struct with_input {
    shape asked;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.multiply(x, g.input(asked)); }
};
static_assert(accepts<shape{3, 8, 8}, with_input{{3, 1, 1}}, with_input{{1, 8, 8}}>);
static_assert(rejects<refusal_of<shape{3, 8, 8}, with_input{{3, 0, 8}}>, 0, with_input{{3, 0, 8}},
                      shape{3, 0, 8}, refusals::sizes_must_be_positive>);
static_assert(
    rejects<refusal_of<shape{3, 8, 8}, with_input{{3, 1 << 16, 1 << 16}}>, 0,
            with_input{{3, 1 << 16, 1 << 16}}, shape{3, 1 << 16, 1 << 16}, refusals::map_must_fit_an_int>);
static_assert(!accepts<shape{3, 8, 8}, with_input{{4, 8, 8}}>);

// The first refusal counts, and says where.
static_assert(rejects<refusal_of<shape{3, 32, 32}, stem, shuffle_down{.out = 60},
                                 aug_shuffle{.split = {3, 8}}, conv{.out = 0}>,
                      2, aug_shuffle{.split = {3, 8}}, shape{60, 16, 16}, aug_shuffle::split_must_be_whole>);

// ShuffleNetV2's 116 channels are the reason why AugShuffleNet 1.0x has 120.
static_assert(!accepts<shape{116, 16, 16}, aug_shuffle{.split = {3, 8}}>);
static_assert(!accepts<shape{116, 16, 16}, aug_shuffle{.split = {1, 8}}>);
static_assert(accepts<shape{240, 8, 8}, aug_shuffle{.split = {3, 8}}>);

}  // namespace

TEST_CASE("what is refused is a sentence") {
    CHECK(std::strlen(refused_because<call::made_up>.why->text) > 10);
    CHECK(std::strlen(aug_shuffle::split_must_be_whole.text) > 10);
}

TEST_CASE("a search over widths asks which can be") {
    CHECK(is_accepted<network<shape{3, 8, 8}, shuffle_down{.out = 60}, aug_shuffle{.split = {1, 2}}>>);
    CHECK_FALSE(is_accepted<network<shape{3, 8, 8}, shuffle_down{.out = 60}, aug_shuffle{.split = {3, 8}}>>);
}
