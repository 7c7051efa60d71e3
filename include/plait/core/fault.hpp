// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Why a block refuses its input. The names are the sentences that a compiler prints.
enum class fault : unsigned char {
    none,
    sizes_must_be_positive,
    channels_must_be_even,
    split_ratio_must_lie_between_0_and_1,
    split_must_be_whole,
    transform_halves_must_be_whole,
    bank_halves_must_be_whole,
    output_channels_must_be_even,
    output_channels_must_be_positive,
    groups_must_divide_the_channels,
    kernel_must_be_odd,
    window_must_be_at_most_9_wide,
    stride_must_divide_the_size,
    stride_must_be_1_or_2,
    expansion_must_be_positive,
    bottleneck_must_be_whole,
    output_must_be_wider_than_the_input,
    linear_needs_one_pixel,
    joined_maps_must_have_one_size,
    added_maps_must_have_one_shape,
    shared_weights_must_have_one_shape,
};

/// The same as a sentence for people.
constexpr const char* to_sentence(fault why) {
    switch (why) {
        case fault::none: return "nothing is wrong";
        case fault::sizes_must_be_positive: return "channels, height and width must be positive";
        case fault::channels_must_be_even: return "the number of channels must be even";
        case fault::split_ratio_must_lie_between_0_and_1: return "the split ratio must lie between 0 and 1";
        case fault::split_must_be_whole: return "the split ratio must give a whole number of channels";
        case fault::transform_halves_must_be_whole:
            return "the transform must have an even number of channels";
        case fault::bank_halves_must_be_whole: return "the feature bank must have an even number of channels";
        case fault::output_channels_must_be_even: return "the number of output channels must be even";
        case fault::output_channels_must_be_positive: return "the number of output channels must be positive";
        case fault::groups_must_divide_the_channels: return "the groups must divide the channels";
        case fault::kernel_must_be_odd: return "the kernel must be odd and positive";
        case fault::window_must_be_at_most_9_wide:
            return "a depthwise or pooling window must be at most 9 pixels wide";
        case fault::stride_must_divide_the_size: return "the stride must divide height and width";
        case fault::stride_must_be_1_or_2: return "the stride must be 1 or 2";
        case fault::expansion_must_be_positive: return "the expansion must be positive";
        case fault::bottleneck_must_be_whole: return "4 must divide the number of output channels";
        case fault::output_must_be_wider_than_the_input:
            return "a unit of stride 2 must have more output channels than input channels";
        case fault::linear_needs_one_pixel: return "a linear layer reads one pixel: pool first";
        case fault::joined_maps_must_have_one_size:
            return "joined feature maps must have one height and width";
        case fault::added_maps_must_have_one_shape: return "added feature maps must have one shape";
        case fault::shared_weights_must_have_one_shape:
            return "blocks of one name share their weights, which must have one shape";
    }
    return "";
}

}  // namespace plait::inline PLAIT_TARGET
