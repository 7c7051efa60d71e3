// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "network.hpp"

namespace examples {

/// A picture that was decoded when the program was built, as the network takes it: channel, row, column.
struct prepared_picture {
    const char* name;
    const float* values;
};

inline constexpr int picture_count = 7;
inline constexpr long long picture_bytes = sizeof(float) * microcontroller_network::input.elements();

/// Made by prepare_pictures.cpp of those in examples/pictures.
extern const prepared_picture prepared_pictures[picture_count];

}  // namespace examples
