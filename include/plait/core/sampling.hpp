// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/real.hpp"
#include "plait/core/shape.hpp"

// Where the pixels of a map come from that is another map resized, padded or cut.

namespace plait::inline PLAIT_TARGET {

/// How a resized map's pixels lie over those of the map that it is made of.
enum class coordinates : unsigned char {
    half_pixel,  ///< the borders of both lie on each other: PyTorch's `align_corners=False`, "nearest-exact"
    aligned,     ///< the middles of their corner pixels do: `align_corners=True`
    asymmetric   ///< the middles of their first pixels do: PyTorch's "nearest"
};

/// What a resized map's pixels are made of.
enum class interpolation : unsigned char {
    nearest_floor,  ///< the last pixel that does not lie after it
    nearest_round,  ///< the nearest, of two the later
    bilinear        ///< of the four around it
};

/// What a padded map has outside.
enum class padding_mode : unsigned char { zeros, reflection };

/// The inputs of an output along one axis, and the second's share in it.
struct sample {
    static constexpr int outside = -1;  ///< a zero

    int first = 0;
    int second = 0;
    float share = 0;

    friend constexpr bool operator==(sample, sample) = default;
};

/// One axis of a map that is another map resized, padded or cut.
struct sampled_axis {
    enum class rule : unsigned char { nearest_floor, nearest_round, linear, zeros, reflection };

    rule by = rule::zeros;
    coordinates at = coordinates::asymmetric;
    int in = 1;     ///< pixels
    int out = 1;    ///< pixels
    int begin = 0;  ///< of a padding or cut: where the first output lies, before 0 in the padding
    int step = 1;   ///< of a cut
    real
        factor{};  ///< of a resize that was asked for by one; else 0. PyTorch ignores one that keeps the size

    /// The inputs of output `i`, in PyTorch's arithmetic of floats.
    constexpr sample of(int i) const {
        const int last = in - 1;
        if (by == rule::zeros || by == rule::reflection) {
            int from = begin + i * step;
            if (by == rule::reflection) from = from < 0 ? -from : from > last ? 2 * last - from : from;
            if (from < 0 || from > last) from = sample::outside;
            return {from, from, 0};
        }
        if (in == out) return {i, i, 0};
        const float from = source_of(i);
        const int whole = static_cast<int>(by == rule::nearest_round ? from + 0.5F : from);
        const int first = whole < last ? whole : last;
        if (by != rule::linear) return {first, first, 0};
        const float share = from - static_cast<float>(first);
        return {first, first < last ? first + 1 : last, share < 1 ? share : 1};
    }
    /// Where output `i` of a resize lies among the inputs.
    constexpr float source_of(int i) const {
        const auto as_float = [](int n) { return static_cast<float>(n); };
        if (at == coordinates::aligned)
            return out > 1 ? as_float(in - 1) / as_float(out - 1) * as_float(i) : 0;
        const float pixels =
            double{factor} > 0 ? static_cast<float>(1 / double{factor}) : as_float(in) / as_float(out);
        if (at == coordinates::asymmetric) return pixels * as_float(i);
        const float middle = pixels * (as_float(i) + 0.5F) - 0.5F;
        return middle < 0 ? 0 : middle;
    }
    /// Whether some outputs are zeros.
    constexpr bool has_zeros() const {
        return by == rule::zeros && (begin < 0 || begin + (out - 1) * step >= in);
    }

    friend constexpr bool operator==(const sampled_axis&, const sampled_axis&) = default;
};

/// Both axes.
struct sampling {
    sampled_axis rows{};
    sampled_axis columns{};

    /// Height and width of what is made.
    constexpr extent outputs() const { return {rows.out, columns.out}; }
    friend constexpr bool operator==(const sampling&, const sampling&) = default;
};

/// Pixels of an axis: `from`, `from + step`, ... up to but not including `to`.
struct pixel_range {
    static constexpr int end = -1;  ///< of the map

    int from = 0;
    int to = end;
    int step = 1;
};

}  // namespace plait::inline PLAIT_TARGET
