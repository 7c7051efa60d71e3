// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "plait/core/random.hpp"
#include "plait/io/picture.hpp"

// Pictures for those who have none at hand.

namespace examples {

/// What is drawn.
enum class drawn_shape { disc, square, cross, ring };

/// A shape of any colour and size, anywhere on a ground of another colour, under noise. `side` pixels wide.
inline plait::picture draw_shape(drawn_shape what, int side, plait::random_numbers& random) {
    const double size = side * random.uniform(0.18, 0.34);
    const double middle_x = random.uniform(size + 1, side - size - 1);
    const double middle_y = random.uniform(size + 1, side - size - 1);
    double shape_colour[3];
    double ground_colour[3];
    for (int c = 0; c < 3; ++c) {
        shape_colour[c] = random.uniform(0, 255);
        ground_colour[c] = shape_colour[c] + random.uniform(70, 140) * (shape_colour[c] < 128 ? 1 : -1);
    }
    plait::picture made{side, side, {}};
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const double right = std::abs(x - middle_x);
            const double down = std::abs(y - middle_y);
            const double away = std::hypot(right, down);
            const bool is_inside = what == drawn_shape::disc     ? away < size
                                   : what == drawn_shape::square ? std::max(right, down) < 0.85 * size
                                   : what == drawn_shape::cross
                                       ? std::max(right, down) < size && std::min(right, down) < 0.3 * size
                                       : away < size && away > 0.55 * size;
            for (int c = 0; c < 3; ++c) {
                const double value =
                    (is_inside ? shape_colour[c] : ground_colour[c]) + random.uniform(-25, 25);
                made.rgb.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
            }
        }
    }
    return made;
}

}  // namespace examples
