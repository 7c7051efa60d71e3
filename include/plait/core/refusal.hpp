// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Why something cannot be. Compilers print the name of the constant, people read its text; each block has
/// its own as static members, in a user's block alike.
struct sentence {
    const char* text;
};

/// What a block's `check` returns: nothing, or the sentence that refuses its input.
struct refusal {
    const sentence* why = nullptr;
    /// Beside `why`, since no address is known to differ from null where g++ looks for undefined behaviour.
    bool is_one = false;

    constexpr refusal() = default;
    explicit(false) constexpr refusal(const sentence& reason) : why(&reason), is_one(true) {}

    /// Whether there is one.
    explicit constexpr operator bool() const { return is_one; }
    friend constexpr bool operator==(refusal, refusal) = default;
};

/// What blocks and graphs of every kind refuse.
namespace refusals {

inline constexpr sentence sizes_must_be_positive{"channels, height and width must be positive"};
inline constexpr sentence channels_must_be_even{"the number of channels must be even"};
inline constexpr sentence output_channels_must_be_positive{"the number of output channels must be positive"};
inline constexpr sentence output_channels_must_be_even{"the number of output channels must be even"};
inline constexpr sentence groups_must_divide_the_channels{"the groups must divide the channels"};
inline constexpr sentence windows_are_of_positive_numbers{
    "the kernel, the stride and the dilation of a window must be positive"};
inline constexpr sentence padding_must_not_be_negative{"padding must not be negative"};
inline constexpr sentence windows_have_at_most_4096_pixels{
    "the kernel, the stride, the dilation and the padding of a window must be at most 4096"};
inline constexpr sentence an_even_kernel_has_no_middle{
    "an even kernel has no middle: its padding must be stated, but where its stride is as large"};
inline constexpr sentence window_must_fit_the_padded_map{
    "the window must not be larger than the map with its padding"};
inline constexpr sentence padding_must_be_smaller_than_the_kernel{
    "the padding of a transposed convolution must be smaller than its kernel"};
inline constexpr sentence output_padding_must_be_smaller_than_the_stride{
    "the output padding of a transposed convolution must not be negative, and smaller than its stride"};
inline constexpr sentence a_pixel_must_be_left{"the padding of a transposed convolution must leave a pixel"};
inline constexpr sentence pools_must_read_the_map{
    "the padding of a pool must be smaller than its window, which would lie outside of the map"};
inline constexpr sentence activation_must_be_of_finite_numbers{
    "the numbers of an activation must be finite, as floats too"};
inline constexpr sentence clip_must_be_from_low_to_high{
    "an activation clips to a range: its low end must not be above its high end"};
inline constexpr sentence what_is_flattened_is_no_map{
    "what is flattened is no map any more: a linear layer reads it"};
inline constexpr sentence factor_must_be_positive{"the factor must be positive"};
inline constexpr sentence a_resize_has_a_size_or_a_factor{
    "a map is resized to a size or by a factor, not both"};
inline constexpr sentence a_resize_leaves_a_pixel{"a map must be resized to a pixel or more each way"};
inline constexpr sentence reflections_must_lie_in_the_map{
    "padding by reflection must be smaller than the map"};
inline constexpr sentence sliced_pixels_must_lie_in_the_map{
    "a slice of pixels has at least one, and all of them in the map, a positive step apart"};
inline constexpr sentence shuffled_pixels_are_few{"the factor of a pixel shuffle must lie between 1 and 16"};
inline constexpr sentence squares_must_divide_the_channels{
    "the square of a pixel shuffle's factor must divide the channels"};
inline constexpr sentence squares_must_divide_the_map{
    "the factor of a pixel unshuffle must divide height and width"};
inline constexpr sentence map_must_fit_an_int{"a feature map has more values than an int can count"};
inline constexpr sentence slice_must_lie_in_the_map{
    "a slice has at least one channel, and all of them in the map that it is cut from"};
inline constexpr sentence joined_maps_must_have_one_size{
    "joined feature maps must have one height and width"};
inline constexpr sentence added_maps_must_have_one_shape{"added feature maps must have one shape"};
inline constexpr sentence combined_maps_must_fit_each_other{
    "combined feature maps must have one shape, or one of them one value for each channel or for each pixel"};
inline constexpr sentence constants_must_be_finite{
    "what a map is combined with must be a finite float, and not 0 where it divides"};
inline constexpr sentence shared_weights_must_have_one_shape{
    "layers that share their weights must have weights of one shape"};
inline constexpr sentence nothing_has_this_name_to_share{
    "weights are shared with what an earlier scope of the name made, and none did"};
inline constexpr sentence epsilon_must_be_positive{"the epsilon of a norm must be positive"};
inline constexpr sentence momentum_must_lie_between_0_and_1{
    "the momentum of a norm must lie between 0 and 1"};
inline constexpr sentence probability_must_lie_between_0_and_1{"a probability must lie between 0 and 1"};
inline constexpr sentence name_must_be_shorter{"the whole name of a layer must have at most 255 characters"};
inline constexpr sentence a_layer_has_one_name{
    "a name in place of a layer's number cannot be that of a layer which has a name"};
inline constexpr sentence names_must_be_words{"a name has no empty part between its dots"};
inline constexpr sentence a_name_to_count_from_ends_with_a_number{
    "a name to count on from ends with a number of at most 6 digits, which does not begin with 0"};

}  // namespace refusals

}  // namespace plait::inline PLAIT_TARGET
