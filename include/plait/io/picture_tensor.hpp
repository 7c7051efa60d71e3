// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "plait/core/result.hpp"
#include "plait/core/shape.hpp"
#include "plait/io/picture.hpp"
#include "plait/io/resize.hpp"
#include "plait/tensor/map_writer.hpp"
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

inline std::string size_text(extent size) {
    return std::to_string(size.width) + " x " + std::to_string(size.height);
}

}  // namespace detail

/// Pixels of 8 bits that lie somewhere, such as in a camera's frame: red, green and blue together, rows
/// `pitch` bytes apart.
struct pixel_rows {
    const std::uint8_t* rgb = nullptr;
    std::ptrdiff_t pitch = 0;
    extent size{};

    /// Those of a picture.
    static pixel_rows of(const picture& from) {
        return {.rgb = from.rgb.data(), .pitch = std::ptrdiff_t{3} * from.width, .size = from.size()};
    }
    /// Where row `y` begins.
    const std::uint8_t* row(int y) const { return rgb + y * pitch; }
};

/// Writes pixels to a network's input: planes of red, green and blue, or the other way round, scaled to [0,
/// 1] and normalised. A sentence where they are of another size.
template <shape Shape>
    requires(Shape.channels == 3)
result<void> put(const pixel_rows& from, const map_writer<Shape>& to,
                 const normalisation& norm = no_normalisation, channel_order order = channel_order::rgb) {
    if (from.size != Shape.plane())
        return failure{"the picture has " + detail::size_text(from.size) + " pixels where " +
                       detail::size_text(Shape.plane()) + " were expected"};
    for (int plane = 0; plane < 3; ++plane) {
        const int channel = order == channel_order::rgb ? plane : 2 - plane;
        const std::array<float, 256> values = detail::normalised_bytes(norm, channel);
        for (int y = 0; y < Shape.height; ++y) {
            const std::uint8_t* const bytes = from.row(y) + channel;
            to.row(plane, y, [&](int x) { return values[bytes[3 * x]]; });
        }
    }
    return {};
}

/// Writes a picture to a network's input. One of another size is resized to the input's, as `resize` does.
template <shape Shape>
    requires(Shape.channels == 3)
void put(const picture& from, const map_writer<Shape>& to, const normalisation& norm = no_normalisation,
         channel_order order = channel_order::rgb) {
    if (from.size() != Shape.plane()) return put(resize(from, Shape.plane()), to, norm, order);
    (void)put(pixel_rows::of(from), to, norm, order);
}

/// The same as a tensor of its own.
template <shape Shape>
    requires(Shape.channels == 3)
tensor<float, Shape> to_tensor(const picture& from, const normalisation& norm = no_normalisation,
                               channel_order order = channel_order::rgb) {
    tensor<float, Shape> input;
    put(from, map_writer<Shape>(input), norm, order);
    return input;
}

}  // namespace plait::inline PLAIT_TARGET
