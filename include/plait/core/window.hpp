// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/refusal.hpp"
#include "plait/core/shape.hpp"

namespace plait::inline PLAIT_TARGET {

/// A number for height and width alike, or one for each: `3`, or `extent{.height = 3, .width = 5}`.
struct per_axis {
    int height;
    int width;

    explicit(false) constexpr per_axis(int both) : height(both), width(both) {}
    explicit(false) constexpr per_axis(extent each) : height(each.height), width(each.width) {}

    friend constexpr bool operator==(per_axis, per_axis) = default;
};

/// Pixels on each side of a map.
struct sides {
    int top = 0;
    int left = 0;
    int bottom = 0;
    int right = 0;

    friend constexpr bool operator==(sides, sides) = default;
};

/// What is added around a map before a window goes over it: as much as keeps the size at a stride of 1, or
/// the same number of pixels on all sides, above and below and left and right, or on each side.
struct padding {
    enum class rule : unsigned char {
        stated,
        /// (kernel - 1) / 2 of an odd kernel, between the taps of a dilated one; none of an even kernel that
        /// is its stride, whose windows lie side by side.
        centred,
        ceiled  ///< TensorFlow's SAME: as many outputs as strides begin, the odd pixel below and right
    };

    rule by = rule::stated;
    sides pixels{};

    explicit(false) constexpr padding(int all) : pixels{all, all, all, all} {}
    explicit(false) constexpr padding(extent each)
        : pixels{each.height, each.width, each.height, each.width} {}
    explicit(false) constexpr padding(sides each) : pixels(each) {}
    explicit constexpr padding(rule which) : by(which) {}

    static const padding centred;
    static const padding tensorflow_same;

    friend constexpr bool operator==(const padding&, const padding&) = default;
};

inline constexpr padding padding::centred{padding::rule::centred};
inline constexpr padding padding::tensorflow_same{padding::rule::ceiled};

/// Along one axis, which inputs each output reads: tap t of output i reads input
/// i * stride + t * dilation - before.
struct window_axis {
    int kernel = 1;
    int stride = 1;
    int dilation = 1;
    int before = 0;  ///< padding
    int after = 0;   ///< padding
    int beyond = 0;  ///< past the padding, where the last window of a pool that rounds up ends

    /// Inputs from the first tap of an output to its last.
    constexpr int reach() const { return (kernel - 1) * dilation + 1; }
    /// Inputs with the padding around them.
    constexpr int padded(int inputs) const { return before + inputs + after + beyond; }
    /// How many there are of that many inputs; 0 where the window is larger than the padded map.
    constexpr int outputs(int inputs) const {
        return padded(inputs) < reach() ? 0 : (padded(inputs) - reach()) / stride + 1;
    }
    /// Of a transposed convolution, which this window undoes: what it makes of so many inputs.
    constexpr int undone(int inputs) const { return (inputs - 1) * stride + reach() - before - after; }
    /// The window by which it makes its outputs `phase`, `phase + stride` and so on of so many inputs: the
    /// kernel's taps of one residue, from the last to the first; where the kernel has none, one that lies
    /// outside of the map for all of them.
    constexpr window_axis undone_by(int phase, int inputs) const {
        const int first = (phase + before) % stride;
        const int taps = has_taps(phase) ? (kernel - 1 - first) / stride + 1 : 1;
        const int outputs = (undone(inputs) - phase + stride - 1) / stride;
        const int begin = has_taps(phase) ? (phase + before - first) / stride - taps + 1 : -outputs;
        return {.kernel = taps, .before = -begin, .after = outputs - inputs + begin + taps - 1};
    }
    /// Whether any tap of its kernel meets those outputs.
    constexpr bool has_taps(int phase) const { return (phase + before) % stride < kernel; }

    /// What a tap of an output reads, which may lie outside of the map.
    constexpr int read_by(int output, int tap) const { return output * stride + tap * dilation - before; }

    /// Of `outputs`, those from the first on whose tap lies before the map.
    constexpr int outside_before(int tap, int outputs) const {
        const int distance = before - tap * dilation;
        const int count = distance > 0 ? (distance + stride - 1) / stride : 0;
        return count < outputs ? count : outputs;
    }
    /// Of `outputs`, those up to the last whose tap lies after a map of `inputs`.
    constexpr int outside_after(int tap, int inputs, int outputs) const {
        const int distance = inputs + before - tap * dilation;
        const int inside = distance > 0 ? (distance + stride - 1) / stride : 0;
        return inside < outputs ? outputs - inside : 0;
    }
    /// Taps of all outputs together that lie inside of the map.
    constexpr int taps_inside(int inputs, int outputs) const {
        int inside = 0;
        for (int tap = 0; tap < kernel; ++tap) {
            const int outside = outside_before(tap, outputs) + outside_after(tap, inputs, outputs);
            inside += outside < outputs ? outputs - outside : 0;
        }
        return inside;
    }
    /// Taps of one output inside of the map; with its padding where that counts.
    constexpr int taps_of(int output, int inputs, bool with_padding) const {
        const int from = with_padding ? -before : 0;
        const int end = with_padding ? inputs + after : inputs;
        int count = 0;
        for (int tap = 0; tap < kernel; ++tap) {
            const int at = read_by(output, tap);
            count += from <= at && at < end;
        }
        return count;
    }
    /// Whether every output has a tap inside of a map of so many inputs.
    constexpr bool always_reads(int inputs) const {
        const int count = outputs(inputs);
        if (read_by(count - 1, 0) >= inputs) return false;
        for (int i = 0; i < count && read_by(i, 0) < 0; ++i) {
            const int first = (dilation - 1 - read_by(i, 0)) / dilation;
            if (first >= kernel || read_by(i, first) >= inputs) return false;
        }
        return true;
    }
    /// A tap that lies inside of a map of so many inputs for each of its outputs; -1 where there is none.
    constexpr int tap_always_inside(int inputs) const {
        const int count = outputs(inputs);
        for (int tap = kernel / 2, i = 0; i < kernel; ++i, tap = tap + 1 < kernel ? tap + 1 : 0)
            if (outside_before(tap, count) == 0 && outside_after(tap, inputs, count) == 0) return tap;
        return -1;
    }
    /// Whether output i reads nothing but input i.
    constexpr bool is_point() const { return kernel == 1 && stride == 1 && before == 0 && after == 0; }
    /// Whether every stride of inputs makes one output: rows of `outputs` taken by residue are whole.
    constexpr bool cuts_evenly(int inputs, int outputs) const { return inputs == stride * outputs; }
    friend constexpr bool operator==(const window_axis&, const window_axis&) = default;
};

/// Which pixels of a map each output pixel reads.
struct window {
    window_axis rows{};
    window_axis columns{};

    /// Of both axes together.
    constexpr int taps() const { return rows.kernel * columns.kernel; }
    /// Height and width of what is made of such a map.
    constexpr extent outputs(extent in) const { return {rows.outputs(in.height), columns.outputs(in.width)}; }
    /// Height and width of what a transposed convolution that it undoes makes of such a map.
    constexpr extent undone(extent in) const { return {rows.undone(in.height), columns.undone(in.width)}; }
    /// Whether every output pixel reads its own place alone.
    constexpr bool is_point() const { return rows.is_point() && columns.is_point(); }
    /// Whether every stride of the input makes one output.
    constexpr bool cuts_evenly(extent in, extent out) const {
        return rows.cuts_evenly(in.height, out.height) && columns.cuts_evenly(in.width, out.width);
    }
    /// Whether both axes are the same.
    constexpr bool is_square() const { return rows == columns; }
    /// Whether it is square, of that kernel and stride, and centred without dilation.
    constexpr bool is_centred(int kernel, int stride) const {
        return is_square() && rows.kernel == kernel && rows.stride == stride && rows.dilation == 1 &&
               rows.before == kernel / 2 && kernel % 2 == 1;
    }
    friend constexpr bool operator==(const window&, const window&) = default;
};

/// A window as it is asked for, whatever the size of the map.
struct windowing {
    per_axis kernel = 1;
    per_axis stride = 1;
    per_axis dilation = 1;
    padding pad = padding::centred;
    bool ceil_mode = false;  ///< whether the last window may end past the padding, as in PyTorch's pools

    /// Why there is no such window of any map.
    constexpr refusal check() const {
        // In few statements, which are what compilers limit in a constant.
        constexpr auto is_below = [](per_axis of, int number) {
            return of.height < number || of.width < number;
        };
        constexpr auto is_above = [](per_axis of, int number) {
            return of.height > number || of.width > number;
        };
        constexpr int most = 4096;
        const sides& around = pad.pixels;
        if (is_below(kernel, 1) || is_below(stride, 1) || is_below(dilation, 1))
            return refusals::windows_are_of_positive_numbers;
        if (around.top < 0 || around.left < 0 || around.bottom < 0 || around.right < 0)
            return refusals::padding_must_not_be_negative;
        if (is_above(kernel, most) || is_above(stride, most) || is_above(dilation, most) ||
            around.top > most || around.left > most || around.bottom > most || around.right > most)
            return refusals::windows_have_at_most_4096_pixels;
        const auto has_middle = [](int size, int step, int apart) {
            return size % 2 == 1 || (size == step && apart == 1);
        };
        if (pad.by == padding::rule::centred && !(has_middle(kernel.height, stride.height, dilation.height) &&
                                                  has_middle(kernel.width, stride.width, dilation.width)))
            return refusals::an_even_kernel_has_no_middle;
        return {};
    }

    /// Over a map of that size.
    constexpr window over(extent in) const {
        return {
            axis(in.height, kernel.height, stride.height, dilation.height, pad.pixels.top, pad.pixels.bottom),
            axis(in.width, kernel.width, stride.width, dilation.width, pad.pixels.left, pad.pixels.right)};
    }

private:
    constexpr window_axis axis(int inputs, int kernel_size, int step, int apart, int before,
                               int after) const {
        window_axis made{.kernel = kernel_size, .stride = step, .dilation = apart};
        switch (pad.by) {
            case padding::rule::stated:
                made.before = before;
                made.after = after;
                break;
            case padding::rule::centred:
                made.before = made.after = kernel_size % 2 == 1 ? made.reach() / 2 : 0;
                break;
            case padding::rule::ceiled: {
                const int covered = ((inputs + step - 1) / step - 1) * step + made.reach();
                const int missing = covered > inputs ? covered - inputs : 0;
                made.before = missing / 2;
                made.after = missing - missing / 2;
                break;
            }
        }
        if (ceil_mode && made.padded(inputs) >= made.reach()) {
            int outputs = (made.padded(inputs) - made.reach() + step - 1) / step + 1;
            if ((outputs - 1) * step >= inputs + made.before) --outputs;
            const int covered = (outputs - 1) * step + made.reach();
            made.beyond = covered > made.padded(inputs) ? covered - made.padded(inputs) : 0;
        }
        return made;
    }
};

}  // namespace plait::inline PLAIT_TARGET
