// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plait/core/shape.hpp"

namespace plait::inline PLAIT_TARGET {

/// Pixels of 8 bits, row by row from the top, red, green and blue together.
struct picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb;

    /// Height and width in pixels.
    extent size() const { return {.height = height, .width = width}; }
    /// Red, green and blue of the pixel in row y and column x.
    const std::uint8_t* pixel(int y, int x) const { return rgb.data() + offset(y, x); }
    std::uint8_t* pixel(int y, int x) { return rgb.data() + offset(y, x); }

    friend bool operator==(const picture&, const picture&) = default;

private:
    std::size_t offset(int y, int x) const {
        return 3 *
               (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
    }
};

/// The largest square in the middle.
inline picture centre_square(const picture& from) {
    const int side = std::min(from.width, from.height);
    const int left = (from.width - side) / 2;
    const int top = (from.height - side) / 2;
    picture square{side, side, {}};
    square.rgb.reserve(3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
    for (int y = 0; y < side; ++y) {
        const std::uint8_t* row = from.pixel(top + y, left);
        square.rgb.insert(square.rgb.end(), row, row + 3 * side);
    }
    return square;
}

}  // namespace plait::inline PLAIT_TARGET
