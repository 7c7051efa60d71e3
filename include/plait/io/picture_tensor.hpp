// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "plait/core/shape.hpp"
#include "plait/io/picture.hpp"
#include "plait/io/resize.hpp"
#include "plait/tensor/tensor.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a network was trained to see: each channel, scaled to [0, 1], less its mean and divided by its
/// deviation.
struct normalisation {
    float mean[3] = {0, 0, 0};
    float deviation[3] = {1, 1, 1};
};

/// Leaves [0, 1] as it is: for CIFAR's networks and FastestDet.
inline constexpr normalisation no_normalisation{};

/// torchvision's, for networks trained on ImageNet.
inline constexpr normalisation imagenet_normalisation{{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};

/// Which colour a network's first plane has: red, or blue where it was trained on OpenCV's pictures.
enum class channel_order { rgb, bgr };

namespace detail {

/// What becomes of each byte of a channel (0 is red, 2 blue).
inline std::array<float, 256> normalised_bytes(const normalisation& norm, int channel) {
    std::array<float, 256> values;
    for (std::size_t byte = 0; byte < values.size(); ++byte) {
        values[byte] = (static_cast<float>(byte) / 255.0f - norm.mean[channel]) / norm.deviation[channel];
    }
    return values;
}

}  // namespace detail

/// The picture as a network's input: planes of red, green and blue, or the other way round, scaled to [0, 1]
/// and normalised. A picture of another size is resized to the shape's, as `resize` does.
template <shape Shape>
    requires(Shape.channels == 3)
tensor<float, Shape> to_tensor(const picture& from, const normalisation& norm = no_normalisation,
                               channel_order order = channel_order::rgb) {
    if (from.size() != Shape.plane()) return to_tensor<Shape>(resize(from, Shape.plane()), norm, order);
    constexpr int pixels = Shape.pixels();
    tensor<float, Shape> input;
    for (int plane = 0; plane < 3; ++plane) {
        const int channel = order == channel_order::rgb ? plane : 2 - plane;
        const std::array<float, 256> values = detail::normalised_bytes(norm, channel);
        const std::uint8_t* value = from.rgb.data() + channel;
        float* const to = input.channel(plane);
        for (int i = 0; i < pixels; ++i) to[i] = values[value[3 * i]];
    }
    return input;
}

}  // namespace plait::inline PLAIT_TARGET
