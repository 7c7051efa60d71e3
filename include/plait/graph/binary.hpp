// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/real.hpp"
#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// What is made of two values, one of each operand.
enum class binary_operation : unsigned char { add, subtract, multiply, divide, maximum, minimum };

/// In words, such as "multiply".
constexpr const char* to_string(binary_operation operation) {
    switch (operation) {
        case binary_operation::add: return "add";
        case binary_operation::subtract: return "subtract";
        case binary_operation::multiply: return "multiply";
        case binary_operation::divide: return "divide";
        case binary_operation::maximum: return "maximum";
        case binary_operation::minimum: return "minimum";
    }
    return "";
}

/// What a map is combined with, pixel by pixel.
enum class operand : unsigned char {
    map,            ///< another of its shape
    one_a_channel,  ///< C x 1 x 1
    one_a_pixel,    ///< 1 x H x W
    constant,       ///< one number
    channel_values  ///< one of the network's own for each channel, a tensor of its state_dict
};

/// How a call combines a map with another operand.
struct binary {
    binary_operation operation{};
    operand other{};
    bool other_first = false;  ///< whether that stands on the left: other - map
    real constant{};

    friend constexpr bool operator==(binary, binary) = default;
};

}  // namespace plait::inline PLAIT_TARGET
