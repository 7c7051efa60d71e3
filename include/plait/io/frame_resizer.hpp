// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plait/core/shape.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/io/resize.hpp"

namespace plait::inline PLAIT_TARGET {

/// Pixels of 8 bits that lie somewhere: red, green, blue and a byte that nobody reads; rows `pitch` bytes
/// apart.
struct rgba_rows {
    const std::uint8_t* rgba = nullptr;
    std::ptrdiff_t pitch = 0;
    extent size{};

    /// Where row `y` begins.
    const std::uint8_t* row(int y) const { return rgba + y * pitch; }

    /// The largest square in the middle, as `centre_square` of a picture.
    rgba_rows centre_square() const {
        const int side = size.width < size.height ? size.width : size.height;
        const int left = (size.width - side) / 2;
        const int top = (size.height - side) / 2;
        return {row(top) + 4 * left, pitch, {.height = side, .width = side}};
    }
};

/// Resizes one frame after another: to the same bytes as `resize` and `resize_bilinear`, in memory that it
/// keeps, so that nothing is allocated while frames stay of one size. What it gives lies in it until the
/// next.
class frame_resizer {
public:
    /// As `resize`; of that size already, as it is.
    pixel_rows antialiased(const rgba_rows& from, extent to) {
        if (from.size == to) return as_it_is(from);
        if (change(kind::antialiased, from.size, to)) {
            across_ = detail::triangle(from.size.width, to.width);
            down_ = detail::triangle(from.size.height, to.height);
            rows_.resize(row_values(to) * static_cast<std::size_t>(from.size.height));
            sums_.resize(row_values(to));
            rgb_.resize(row_values(to) * static_cast<std::size_t>(to.height));
        }
        for (int y = 0; y < from.size.height; ++y)
            detail::resample_row<4>(from.row(y), across_,
                                    rows_.data() + row_values(to) * static_cast<std::size_t>(y));
        detail::resample_down(rows_.data(), down_, sums_, rgb_.data());
        return made(to);
    }

    /// As `resize_bilinear`.
    pixel_rows bilinear(const rgba_rows& from, extent to) {
        if (change(kind::bilinear, from.size, to)) {
            columns_ = detail::bilinear_samples(from.size.width, to.width);
            lines_ = detail::bilinear_samples(from.size.height, to.height);
            blended_.resize(4 * static_cast<std::size_t>(from.size.width));
            rgb_.resize(row_values(to) * static_cast<std::size_t>(to.height) + 1);
        }
        std::uint8_t* put = rgb_.data();
        for (const detail::bilinear_sample& line : lines_) {
            detail::blend_rows(from.row(line.before), from.row(line.after), line.weight, blended_);
            detail::sample_row<4>(blended_.data(), columns_, put);
            put += row_values(to);
        }
        return made(to);
    }

private:
    enum class kind { none, as_it_is, antialiased, bilinear };

    static std::size_t row_values(extent size) { return 3 * static_cast<std::size_t>(size.width); }

    /// Whether another way, or other sizes, were asked for than last.
    bool change(kind way, extent from, extent to) {
        if (way_ == way && from_ == from && to_ == to) return false;
        way_ = way;
        from_ = from;
        to_ = to;
        return true;
    }

    pixel_rows as_it_is(const rgba_rows& from) {
        if (change(kind::as_it_is, from.size, from.size))
            rgb_.resize(row_values(from.size) * static_cast<std::size_t>(from.size.height));
        std::uint8_t* put = rgb_.data();
        for (int y = 0; y < from.size.height; ++y) {
            const std::uint8_t* pixel = from.row(y);
            for (int x = 0; x < from.size.width; ++x, pixel += 4) {
                for (int channel = 0; channel < 3; ++channel) *put++ = pixel[channel];
            }
        }
        return made(from.size);
    }

    pixel_rows made(extent size) const {
        return {.rgb = rgb_.data(), .pitch = static_cast<std::ptrdiff_t>(row_values(size)), .size = size};
    }

    kind way_ = kind::none;
    extent from_{};
    extent to_{};
    detail::resampling across_;
    detail::resampling down_;
    std::vector<detail::bilinear_sample> columns_;
    std::vector<detail::bilinear_sample> lines_;
    std::vector<float> rows_;
    std::vector<float> sums_;
    std::vector<std::uint16_t> blended_;
    std::vector<std::uint8_t> rgb_;
};

}  // namespace plait::inline PLAIT_TARGET
