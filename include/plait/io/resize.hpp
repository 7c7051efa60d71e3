// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "plait/core/shape.hpp"
#include "plait/io/picture.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Of one axis: output i is the sum of `taps` inputs from `begin[i]` on, times `weights[i * taps ...]`.
struct resampling {
    int taps = 0;
    std::vector<int> begin;
    std::vector<float> weights;
};

/// A triangle with half-pixel centres, as wide as an output pixel and its neighbours when shrinking, so that
/// every input counts, and as an input pixel and its neighbours when enlarging, which is bilinear.
inline resampling triangle(int inputs, int outputs) {
    const double scale = static_cast<double>(inputs) / outputs;
    const double radius = std::max(scale, 1.0);
    resampling axis;
    axis.taps = std::min(inputs, 2 * static_cast<int>(std::ceil(radius)) + 1);
    for (int i = 0; i < outputs; ++i) {
        const double centre = (i + 0.5) * scale;
        const int first = std::clamp(static_cast<int>(std::floor(centre - radius)), 0, inputs - axis.taps);
        std::vector<double> weights;
        double sum = 0;
        for (int tap = 0; tap < axis.taps; ++tap) {
            const double distance = std::abs(first + tap + 0.5 - centre) / radius;
            weights.push_back(std::max(0.0, 1.0 - distance));
            sum += weights.back();
        }
        axis.begin.push_back(first);
        for (const double weight : weights) axis.weights.push_back(static_cast<float>(weight / sum));
    }
    return axis;
}

/// One row of pixels that begin with red, green and blue, `PixelBytes` each, resampled along x to RGB.
template <int PixelBytes = 3>
void resample_row(const std::uint8_t* from, const resampling& axis, float* to) {
    const float* weight = axis.weights.data();
    for (const int begin : axis.begin) {
        const std::uint8_t* pixel = from + PixelBytes * begin;
        float red = 0, green = 0, blue = 0;
        for (int tap = 0; tap < axis.taps; ++tap, ++weight, pixel += PixelBytes) {
            red += *weight * static_cast<float>(pixel[0]);
            green += *weight * static_cast<float>(pixel[1]);
            blue += *weight * static_cast<float>(pixel[2]);
        }
        *to++ = red;
        *to++ = green;
        *to++ = blue;
    }
}

inline std::uint8_t rounded(float value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
}

/// Rows of floats, each as many as `sums`, resampled down to rows of bytes.
inline void resample_down(const float* rows, const resampling& axis, std::span<float> sums,
                          std::uint8_t* to) {
    const float* weight = axis.weights.data();
    for (const int begin : axis.begin) {
        std::fill(sums.begin(), sums.end(), 0.0f);
        const float* value = rows + sums.size() * static_cast<std::size_t>(begin);
        for (int tap = 0; tap < axis.taps; ++tap, ++weight) {
            for (float& sum : sums) sum += *weight * *value++;
        }
        for (const float sum : sums) *to++ = rounded(sum);
    }
}

}  // namespace detail

/// The whole picture at another size, of at least one pixel: antialiased when shrinking, bilinear when
/// enlarging (half-pixel centres both), like torchvision's `resize` of a PIL picture.
inline picture resize(const picture& from, extent size) {
    const detail::resampling across = detail::triangle(from.width, size.width);
    const detail::resampling down = detail::triangle(from.height, size.height);
    const std::size_t row_values = 3 * static_cast<std::size_t>(size.width);

    std::vector<float> rows(row_values * static_cast<std::size_t>(from.height));
    for (int y = 0; y < from.height; ++y) {
        detail::resample_row(from.pixel(y, 0), across,
                             rows.data() + row_values * static_cast<std::size_t>(y));
    }

    picture resized{size.width, size.height, {}};
    resized.rgb.resize(row_values * static_cast<std::size_t>(size.height));
    std::vector<float> sums(row_values);
    detail::resample_down(rows.data(), down, sums, resized.rgb.data());
    return resized;
}

namespace detail {

/// Of one axis, where an output lies: between two inputs, so many 2048ths of the way to the latter.
struct bilinear_sample {
    int before = 0;
    int after = 0;
    int weight = 0;
};

inline constexpr int bilinear_weight_bits = 11;

/// Half-pixel centres; what lies beyond the border is the border.
inline std::vector<bilinear_sample> bilinear_samples(int inputs, int outputs) {
    const double scale = static_cast<double>(inputs) / outputs;
    std::vector<bilinear_sample> samples;
    for (int i = 0; i < outputs; ++i) {
        const double centre = std::clamp((i + 0.5) * scale - 0.5, 0.0, inputs - 1.0);
        const int before = static_cast<int>(centre);
        const double weight = std::round((centre - before) * (1 << bilinear_weight_bits));
        samples.push_back({before, std::min(before + 1, inputs - 1), static_cast<int>(weight)});
    }
    return samples;
}

inline std::int32_t interpolated(std::int32_t before, std::int32_t after, std::int32_t weight) {
    return (before << bilinear_weight_bits) + (after - before) * weight;
}

/// Between two rows of bytes, in 256ths of a grey level.
inline void blend_rows(const std::uint8_t* upper, const std::uint8_t* lower, int weight,
                       std::span<std::uint16_t> blended) {
    constexpr int shift = bilinear_weight_bits - 8;
    for (std::size_t i = 0; i < blended.size(); ++i) {
        const std::int32_t value = interpolated(upper[i], lower[i], weight);
        blended[i] = static_cast<std::uint16_t>((value + (1 << (shift - 1))) >> shift);
    }
}

/// Between the pixels of a row, of `Channels` values each, in 256ths of a grey level, to RGB. Four channels
/// at a time go into one vector: of RGB one value beyond the last pixel is read, and one byte beyond the last
/// pixel is written.
template <int Channels = 3>
void sample_row(const std::uint16_t* row, std::span<const bilinear_sample> samples, std::uint8_t* to) {
    constexpr int shift = bilinear_weight_bits + 8;
    for (const bilinear_sample& sample : samples) {
        const std::uint16_t* before = row + Channels * sample.before;
        const std::uint16_t* after = row + Channels * sample.after;
        std::uint8_t pixel[4];
        for (int channel = 0; channel < 4; ++channel) {
            const std::int32_t value = interpolated(before[channel], after[channel], sample.weight);
            pixel[channel] = static_cast<std::uint8_t>((value + (1 << (shift - 1))) >> shift);
        }
        std::memcpy(to, pixel, sizeof pixel);
        to += 3;
    }
}

}  // namespace detail

/// The whole picture at another size, of at least one pixel: each pixel between the four nearest, however
/// many are skipped when shrinking. OpenCV's INTER_LINEAR, to one grey level.
inline picture resize_bilinear(const picture& from, extent size) {
    const auto across = detail::bilinear_samples(from.width, size.width);
    const auto down = detail::bilinear_samples(from.height, size.height);
    const std::size_t row_bytes = 3 * static_cast<std::size_t>(size.width);

    // One value more, as `sample_row` wants it.
    std::vector<std::uint16_t> blended(3 * static_cast<std::size_t>(from.width) + 1);
    picture resized{size.width, size.height, {}};
    resized.rgb.resize(row_bytes * static_cast<std::size_t>(size.height) + 1);
    std::uint8_t* to = resized.rgb.data();
    for (const detail::bilinear_sample& row : down) {
        detail::blend_rows(from.pixel(row.before, 0), from.pixel(row.after, 0), row.weight,
                           std::span(blended).first(blended.size() - 1));
        detail::sample_row(blended.data(), across, to);
        to += row_bytes;
    }
    resized.rgb.pop_back();
    return resized;
}

}  // namespace plait::inline PLAIT_TARGET
