// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "plait/core/shape.hpp"
#include "plait/core/target.hpp"
#include "plait/tensor/tensor.hpp"

// Maps that lie in memory which is somebody else's, such as a workspace: channels stand anywhere in it, in
// planes or side by side. Nothing here owns or copies unless it says so.

namespace plait::inline PLAIT_TARGET {

/// How a channel lies that shares four bytes with others: bf16, or a byte that stands for a number. Of one
/// that does not, `bits` is 32.
struct pack_lane {
    unsigned char bits = 32;
    unsigned char shift = 0;
    int number = 0;  ///< where among the numbers of a model its scale and its zero stand
};

/// Values of a map, to be read where they lie.
class map_view {
public:
    /// Channel c begins at `values[offset[c]]`, and its pixels are `step[c]` values apart.
    constexpr map_view(const float* values, const int* offset, const unsigned char* step, shape dimensions)
        : values_(values), offset_(offset), step_(step), dimensions_(dimensions) {}
    /// The same of channels in packs: channel c lies as `lanes[c]` says, and what bytes stand for is in
    /// `numbers`.
    constexpr map_view(const float* values, const int* offset, const unsigned char* step, shape dimensions,
                       const pack_lane* lanes, const float* numbers)
        : map_view(values, offset, step, dimensions) {
        lanes_ = lanes;
        numbers_ = numbers;
    }

    /// Channels x height x width.
    constexpr shape dimensions() const { return dimensions_; }
    constexpr float operator()(int channel, int y, int x) const {
        const float* const at = values_ + offset_[channel] + (y * dimensions_.width + x) * step_[channel];
        return lanes_ ? unpacked(lanes_[channel], at) : *at;
    }

    /// As it was given, as the next two.
    constexpr const float* values() const { return values_; }
    /// Of every channel.
    constexpr const int* offsets() const { return offset_; }
    /// Of every channel.
    constexpr const unsigned char* steps() const { return step_; }

    /// Copies all values to `dimensions().elements()` floats, contiguous CHW.
    void copy_to(float* to) const {
        const int pixels = dimensions_.pixels();
        if (lanes_) {
            for (int c = 0; c < dimensions_.channels; ++c)
                for (int i = 0; i < pixels; ++i)
                    *to++ = unpacked(lanes_[c], values_ + offset_[c] + i * step_[c]);
            return;
        }
        if (pixels == 1) {
            for (int c = 0; c < dimensions_.channels; ++c) to[c] = values_[offset_[c]];
            return;
        }
        for (int c = 0; c < dimensions_.channels; ++c, to += pixels) {
            const float* from = values_ + offset_[c];
            if (const int step = step_[c]; step == 1)
                std::memcpy(to, from, sizeof(float) * static_cast<unsigned>(pixels));
            else
                for (int i = 0; i < pixels; ++i) to[i] = from[i * step];
        }
    }

private:
    constexpr float unpacked(pack_lane lane, const float* at) const {
        if (lane.bits == 32) return *at;
        const auto bits = std::bit_cast<std::uint32_t>(*at) >> lane.shift;
        if (lane.bits == 16) return std::bit_cast<float>(bits << 16U);
        const float zero = numbers_[lane.number + 1];
        return (static_cast<float>(bits & 0xffU) - zero) * numbers_[lane.number];
    }

    const float* values_;
    const int* offset_;
    const unsigned char* step_;
    shape dimensions_;
    const pack_lane* lanes_ = nullptr;
    const float* numbers_ = nullptr;
};

/// The same of a static shape.
template <shape Shape>
class map_reader {
public:
    using value_type = float;
    static constexpr shape dimensions = Shape;
    static constexpr int size() { return Shape.elements(); }

    /// `values` must have that shape.
    constexpr explicit map_reader(map_view values) : values_(values) {}

    // NOLINTNEXTLINE(google-explicit-constructor)
    constexpr explicit(false) operator map_view() const { return values_; }
    constexpr float operator()(int channel, int y, int x) const { return values_(channel, y, x); }
    /// Value i of a contiguous CHW tensor.
    constexpr float operator[](int i) const {
        const int pixel = i % Shape.pixels();
        return values_(i / Shape.pixels(), pixel / Shape.width, pixel % Shape.width);
    }

    /// Copies all values, contiguous CHW.
    void copy_to(std::span<float, static_cast<std::size_t>(Shape.elements())> to) const {
        values_.copy_to(to.data());
    }
    void copy_to(tensor<float, Shape>& to) const { values_.copy_to(to.data()); }

private:
    map_view values_;
};

/// A tensor of its own with the map's values.
template <shape Shape>
tensor<float, Shape> to_tensor(const map_reader<Shape>& map) {
    tensor<float, Shape> made;
    map.copy_to(made);
    return made;
}

}  // namespace plait::inline PLAIT_TARGET
