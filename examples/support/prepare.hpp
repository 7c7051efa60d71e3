// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <span>

#include "any_network.hpp"
#include "plait/io/picture.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/io/resize.hpp"

namespace examples {

/// The square of `side` pixels in the middle.
inline plait::picture centre(const plait::picture& from, int side) {
    const int left = (from.width - side) / 2;
    const int top = (from.height - side) / 2;
    plait::picture square{side, side, {}};
    for (int y = 0; y < side; ++y) {
        const std::uint8_t* row = from.pixel(top + y, left);
        square.rgb.insert(square.rgb.end(), row, row + 3 * side);
    }
    return square;
}

/// Writes the picture to a network's input as the network was trained to see it.
inline void prepare(const plait::picture& from, preparation how, std::span<float> input) {
    using namespace plait;
    if (how == preparation::fastestdet) {
        constexpr shape size{.channels = 3, .height = 352, .width = 352};
        put(resize_bilinear(from, size.plane()), map_writer<size>(input.first<size.elements()>()),
            no_normalisation, channel_order::bgr);
        return;
    }
    if (how == preparation::cifar) {
        constexpr shape size{.channels = 3, .height = 32, .width = 32};
        put(centre_square(from), map_writer<size>(input.first<size.elements()>()));
        return;
    }
    // Cutting the square first leaves the same 224 x 224, and no long picture grows when its shorter side
    // does.
    constexpr shape size{.channels = 3, .height = 224, .width = 224};
    const picture square = resize(centre_square(from), {.height = 256, .width = 256});
    put(centre(square, size.width), map_writer<size>(input.first<size.elements()>()), imagenet_normalisation);
}

}  // namespace examples
