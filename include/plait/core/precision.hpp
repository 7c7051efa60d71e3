// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a network's maps and weights are kept as, and multiplied in.
enum class precision : unsigned char {
    f32,
    bf16,  ///< floats of 16 bits, which are added up in fp32
    int8   ///< unsigned bytes with a scale and a zero point for each channel, which are added up in 32 bits
};

/// In words, such as "bf16".
constexpr const char* to_string(precision p) {
    switch (p) {
        case precision::f32: return "fp32";
        case precision::bf16: return "bf16";
        case precision::int8: return "int8";
    }
    return "";
}

/// Channels of one pixel that share four bytes: a pack.
constexpr int channels_of_slot(precision p) {
    switch (p) {
        case precision::f32: return 1;
        case precision::bf16: return 2;
        case precision::int8: return 4;
    }
    return 1;
}

}  // namespace plait::inline PLAIT_TARGET
