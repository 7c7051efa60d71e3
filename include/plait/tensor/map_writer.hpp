// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

#include "plait/core/shape.hpp"
#include "plait/core/target.hpp"
#include "plait/tensor/tensor.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Where a tensor's planes begin.
template <shape Shape>
struct plane_offsets {
    int of[static_cast<unsigned>(Shape.channels)]{};

    constexpr plane_offsets() {
        for (int c = 0; c < Shape.channels; ++c) of[c] = c * Shape.pixels();
    }
};
template <shape Shape>
inline constexpr plane_offsets<Shape> planes_of_tensor{};

}  // namespace detail

/// Where a map goes: the input of a network in its workspace, or a tensor. Values are given by channel, row
/// and column, or a row at a time; how they lie is the place's own affair.
template <shape Shape>
class map_writer {
public:
    using value_type = float;
    static constexpr shape dimensions = Shape;

    /// Channel c begins at `values[offset[c]]`, and its pixels are `step` values apart.
    constexpr map_writer(float* values, const int* offset, int step)
        : values_(values), offset_(offset), step_(step) {}
    explicit(false) map_writer(tensor<float, Shape>& to)
        : map_writer(to.data(), detail::planes_of_tensor<Shape>.of, 1) {}
    /// Contiguous CHW.
    explicit map_writer(std::span<float, static_cast<std::size_t>(Shape.elements())> to)
        : map_writer(to.data(), detail::planes_of_tensor<Shape>.of, 1) {}

    /// One value.
    void pixel(int channel, int y, int x, float value) const {
        values_[offset_[channel] + (y * Shape.width + x) * step_] = value;
    }

    /// A row of a channel: `value_at(x)` for each column.
    template <class ValueAt>
        requires std::is_invocable_r_v<float, ValueAt&, int>
    void row(int channel, int y, ValueAt value_at) const {
        float* const to = values_ + offset_[channel] + y * Shape.width * step_;
        if (step_ == 1) {
            for (int x = 0; x < Shape.width; ++x) to[x] = value_at(x);
        } else {
            for (int x = 0; x < Shape.width; ++x) to[x * step_] = value_at(x);
        }
    }
    /// The same of as many contiguous values.
    void row(int channel, int y, const float* from) const {
        row(channel, y, [from](int x) { return from[x]; });
    }

    /// All values, of a contiguous CHW picture.
    void copy(const float* from) const {
        constexpr int pixels = Shape.pixels();
        for (int c = 0; c < Shape.channels; ++c, from += pixels) {
            float* const to = values_ + offset_[c];
            if (step_ == 1)
                std::memcpy(to, from, sizeof(float) * static_cast<unsigned>(pixels));
            else
                for (int i = 0; i < pixels; ++i) to[i * step_] = from[i];
        }
    }
    void copy(const tensor<float, Shape>& from) const { copy(from.data()); }

private:
    float* values_;
    const int* offset_;
    int step_;
};

}  // namespace plait::inline PLAIT_TARGET
