// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>

#include "plait/core/finite.hpp"
#include "plait/graph/op.hpp"
#include "plait/kernels/matrix_product.hpp"
#include "plait/kernels/plain_activation.hpp"

// Calls that are no matrix product, of one picture whose channels are planes, and their gradients. Ties go
// where PyTorch's go.

namespace plait::inline PLAIT_TARGET {

/// Of one call and one picture: what it reads and makes, a row a channel.
struct plane_values {
    channel_rows<const float> in;
    channel_rows<const float> other;
    const float* own = nullptr;  ///< values of its channels, where it has any
};

/// The gradients that a call adds to. `in` and `other` are as large as what was read.
struct plane_gradients {
    channel_rows<float> in;
    channel_rows<float> other;
    float* own = nullptr;
};

namespace detail {

struct combined_gradient {
    float map = 0;
    float other = 0;
};

inline float combined_value(const binary& how, float map, float other) {
    const float a = how.other_first ? other : map;
    const float b = how.other_first ? map : other;
    switch (how.operation) {
        case binary_operation::add: return a + b;
        case binary_operation::subtract: return a - b;
        case binary_operation::multiply: return a * b;
        case binary_operation::divide: return a / b;
        case binary_operation::maximum: return a > b || is_nan(a) ? a : b;
        case binary_operation::minimum: return a < b || is_nan(a) ? a : b;
    }
    return a;
}

/// By how much what is made changes with each operand; a tie is shared.
inline combined_gradient combined_derivative(const binary& how, float map, float other) {
    const float a = how.other_first ? other : map;
    const float b = how.other_first ? map : other;
    float of_a = 1;
    float of_b = 1;
    switch (how.operation) {
        case binary_operation::add: break;
        case binary_operation::subtract: of_b = -1; break;
        case binary_operation::multiply:
            of_a = b;
            of_b = a;
            break;
        case binary_operation::divide:
            of_a = 1 / b;
            of_b = -a / (b * b);
            break;
        case binary_operation::maximum:
            of_a = a > b ? 1.0F : a == b ? 0.5F : 0.0F;
            of_b = 1 - of_a;
            break;
        case binary_operation::minimum:
            of_a = a < b ? 1.0F : a == b ? 0.5F : 0.0F;
            of_b = 1 - of_a;
            break;
    }
    return how.other_first ? combined_gradient{of_b, of_a} : combined_gradient{of_a, of_b};
}

/// Where the other operand's value for a pixel of a channel lies.
struct other_place {
    int channel = 0;
    int pixel = 0;
};

constexpr other_place place_of_other(operand kind, int channel, int pixel) {
    switch (kind) {
        case operand::map: return {channel, pixel};
        case operand::one_a_channel: return {channel, 0};
        case operand::one_a_pixel: return {0, pixel};
        default: return {};
    }
}

inline float other_value(const op& o, const plane_values& read, int channel, int pixel) {
    if (o.binary.other == operand::constant)
        return static_cast<float>(static_cast<double>(o.binary.constant));
    if (o.binary.other == operand::channel_values) return read.own[channel];
    const other_place at = place_of_other(o.binary.other, channel, pixel);
    return read.other.row(at.channel)[at.pixel];
}

/// Calls `visit(pixel)` for what lies under a window, row by row.
template <class Visit>
void visit_window(const op& o, int y, int x, Visit visit) {
    for (int row_tap = 0; row_tap < o.window.rows.kernel; ++row_tap) {
        const int row = o.window.rows.read_by(y, row_tap);
        if (row < 0 || row >= o.in.size.height) continue;
        for (int column_tap = 0; column_tap < o.window.columns.kernel; ++column_tap) {
            const int column = o.window.columns.read_by(x, column_tap);
            if (column >= 0 && column < o.in.size.width) visit(row * o.in.size.width + column);
        }
    }
}

/// The first pixel under a window whose value no other exceeds, or the last that is not a number.
inline int largest_under(const op& o, const float* plane, int y, int x) {
    int found = -1;
    visit_window(o, y, x, [&](int pixel) {
        if (found < 0 || plane[pixel] > plane[found] || is_nan(plane[pixel])) found = pixel;
    });
    return found;
}

inline float pixels_under(const op& o, int y, int x) {
    return static_cast<float>(o.window.rows.taps_of(y, o.in.size.height, o.count_include_pad) *
                              o.window.columns.taps_of(x, o.in.size.width, o.count_include_pad));
}

/// Calls `visit(pixel of the output, pixel of the input, share)` for every input of a resampling.
template <class Visit>
void visit_samples(const op& o, Visit visit) {
    const bool is_linear = o.sampling.rows.by == sampled_axis::rule::linear;
    for (int y = 0; y < o.out.size.height; ++y) {
        const sample row = o.sampling.rows.of(y);
        if (row.first == sample::outside) continue;
        for (int x = 0; x < o.out.size.width; ++x) {
            const sample column = o.sampling.columns.of(x);
            if (column.first == sample::outside) continue;
            const int to = y * o.out.size.width + x;
            const int above = row.first * o.in.size.width;
            const int below = row.second * o.in.size.width;
            if (!is_linear) {
                visit(to, above + column.first, 1.0F);
                continue;
            }
            visit(to, above + column.first, (1 - row.share) * (1 - column.share));
            visit(to, above + column.second, (1 - row.share) * column.share);
            visit(to, below + column.first, row.share * (1 - column.share));
            visit(to, below + column.second, row.share * column.share);
        }
    }
}

/// Calls `visit(channel and pixel of the output, channel and pixel of the input)` of a pixel shuffle or what
/// undoes it.
template <class Visit>
void visit_shuffled(const op& o, Visit visit) {
    const bool shuffles = o.kind == op_kind::pixel_shuffle;
    const feature_map& large = shuffles ? o.out : o.in;
    const feature_map& small = shuffles ? o.in : o.out;
    const int factor = o.factor;
    for (int c = 0; c < large.count; ++c) {
        for (int y = 0; y < large.size.height; ++y) {
            for (int x = 0; x < large.size.width; ++x) {
                const int channel = c * factor * factor + y % factor * factor + x % factor;
                const int pixel = y / factor * small.size.width + x / factor;
                const int at = y * large.size.width + x;
                if (shuffles)
                    visit(c, at, channel, pixel);
                else
                    visit(channel, pixel, c, at);
            }
        }
    }
}

/// Whether a call is a residual's sum.
constexpr bool adds_maps(const op& o) {
    return o.binary.operation == binary_operation::add && o.binary.other == operand::map;
}

/// Whether each value is made of what stands at its place, whatever the picture.
constexpr bool is_elementwise(const op& o) {
    if (o.kind == op_kind::binary)
        return o.binary.other != operand::one_a_channel && o.binary.other != operand::one_a_pixel;
    return o.kind == op_kind::activate || o.kind == op_kind::prelu || o.kind == op_kind::batch_norm;
}

}  // namespace detail

/// What the call makes of pictures: `made` has a row for each output channel. More than one at a time of
/// what is elementwise.
inline void make_planes(const op& o, int pictures, const plane_values& read, channel_rows<float> made) {
    const int in_pixels = o.in.size.pixels();
    const int pixels = pictures * o.out.size.pixels();
    const int width = o.out.size.width;
    const auto for_pixels = [&](auto value_of) {
        for (int c = 0; c < o.out.count; ++c)
            for (int p = 0; p < pixels; ++p) made.row(c)[p] = value_of(c, p);
    };
    switch (o.kind) {
        case op_kind::max_pool:
            return for_pixels([&](int c, int p) {
                return read.in.row(c)[detail::largest_under(o, read.in.row(c), p / width, p % width)];
            });
        case op_kind::average_pool:
            return for_pixels([&](int c, int p) {
                float sum = 0;
                detail::visit_window(o, p / width, p % width, [&](int at) { sum += read.in.row(c)[at]; });
                return sum / detail::pixels_under(o, p / width, p % width);
            });
        case op_kind::global_average_pool:
            return for_pixels([&](int c, int) {
                float sum = 0;
                for (int p = 0; p < in_pixels; ++p) sum += read.in.row(c)[p];
                return sum / static_cast<float>(in_pixels);
            });
        case op_kind::global_max_pool:
            return for_pixels([&](int c, int) {
                float most = read.in.row(c)[0];
                for (int p = 1; p < in_pixels; ++p)
                    if (read.in.row(c)[p] > most || is_nan(read.in.row(c)[p])) most = read.in.row(c)[p];
                return most;
            });
        case op_kind::binary:
            if (detail::adds_maps(o))
                return for_pixels([&](int c, int p) { return read.in.row(c)[p] + read.other.row(c)[p]; });
            return for_pixels([&](int c, int p) {
                return detail::combined_value(o.binary, read.in.row(c)[p],
                                              detail::other_value(o, read, c, p));
            });
        case op_kind::activate:
            return for_pixels([&](int c, int p) {
                return static_cast<float>(plain_activation(o.act, static_cast<double>(read.in.row(c)[p])));
            });
        case op_kind::prelu:
            return for_pixels([&](int c, int p) {
                const float x = read.in.row(c)[p];
                return x > 0 ? x : x * read.own[o.one_slope ? 0 : c];
            });
        case op_kind::softmax:
            for (int p = 0; p < pixels; ++p) {
                float most = read.in.row(0)[p];
                for (int c = 1; c < o.in.count; ++c) most = std::max(most, read.in.row(c)[p]);
                float sum = 0;
                for (int c = 0; c < o.in.count; ++c)
                    sum += made.row(c)[p] = std::exp(read.in.row(c)[p] - most);
                for (int c = 0; c < o.in.count; ++c) made.row(c)[p] /= sum;
            }
            return;
        case op_kind::resample:
            for_pixels([](int, int) { return 0.0F; });
            for (int c = 0; c < o.out.count; ++c)
                detail::visit_samples(o, [&](int to, int from, float share) {
                    made.row(c)[to] += share * read.in.row(c)[from];
                });
            return;
        case op_kind::pixel_shuffle:
        case op_kind::pixel_unshuffle:
            return detail::visit_shuffled(o, [&](int to, int to_pixel, int from, int from_pixel) {
                made.row(to)[to_pixel] = read.in.row(from)[from_pixel];
            });
        case op_kind::fill: return for_pixels([](int, int) { return 0.0F; });
        default: return for_pixels([&](int c, int p) { return read.in.row(c)[p]; });
    }
}

/// Adds the gradients of what the call reads to `to`, given those of what it makes, of as many pictures.
inline void add_plane_gradients(const op& o, int pictures, const plane_values& read,
                                channel_rows<const float> of_made, const plane_gradients& to) {
    const int in_pixels = o.in.size.pixels();
    const int pixels = pictures * o.out.size.pixels();
    const int width = o.out.size.width;
    const auto for_pixels = [&](auto visit) {
        for (int c = 0; c < o.out.count; ++c)
            for (int p = 0; p < pixels; ++p) visit(c, p, of_made.row(c)[p]);
    };
    switch (o.kind) {
        case op_kind::max_pool:
            return for_pixels([&](int c, int p, float gradient) {
                to.in.row(c)[detail::largest_under(o, read.in.row(c), p / width, p % width)] += gradient;
            });
        case op_kind::average_pool:
            return for_pixels([&](int c, int p, float gradient) {
                const float share = gradient / detail::pixels_under(o, p / width, p % width);
                detail::visit_window(o, p / width, p % width, [&](int at) { to.in.row(c)[at] += share; });
            });
        case op_kind::global_average_pool:
            return for_pixels([&](int c, int, float gradient) {
                const float share = gradient / static_cast<float>(in_pixels);
                for (int p = 0; p < in_pixels; ++p) to.in.row(c)[p] += share;
            });
        case op_kind::global_max_pool:
            return for_pixels([&](int c, int, float gradient) {
                const float* plane = read.in.row(c);
                int most = 0;
                for (int p = 1; p < in_pixels; ++p)
                    if (plane[p] > plane[most] || is_nan(plane[p])) most = p;
                to.in.row(c)[most] += gradient;
            });
        case op_kind::binary:
            if (detail::adds_maps(o))
                return for_pixels([&](int c, int p, float gradient) {
                    to.in.row(c)[p] += gradient;
                    to.other.row(c)[p] += gradient;
                });
            return for_pixels([&](int c, int p, float gradient) {
                const auto by = detail::combined_derivative(o.binary, read.in.row(c)[p],
                                                            detail::other_value(o, read, c, p));
                to.in.row(c)[p] += gradient * by.map;
                if (o.binary.other == operand::constant) return;
                if (o.binary.other == operand::channel_values) {
                    to.own[c] += gradient * by.other;
                    return;
                }
                const detail::other_place at = detail::place_of_other(o.binary.other, c, p);
                to.other.row(at.channel)[at.pixel] += gradient * by.other;
            });
        case op_kind::activate:
            return for_pixels([&](int c, int p, float gradient) {
                to.in.row(c)[p] += gradient * static_cast<float>(plain_derivative(
                                                  o.act, static_cast<double>(read.in.row(c)[p])));
            });
        case op_kind::prelu:
            return for_pixels([&](int c, int p, float gradient) {
                const float x = read.in.row(c)[p];
                const int slope = o.one_slope ? 0 : c;
                to.in.row(c)[p] += x > 0 ? gradient : gradient * read.own[slope];
                if (!(x > 0)) to.own[slope] += gradient * x;
            });
        case op_kind::softmax:
            for (int p = 0; p < pixels; ++p) {
                float most = read.in.row(0)[p];
                for (int c = 1; c < o.in.count; ++c) most = std::max(most, read.in.row(c)[p]);
                float sum = 0;
                float weighted = 0;
                for (int c = 0; c < o.in.count; ++c) {
                    const float power = std::exp(read.in.row(c)[p] - most);
                    sum += power;
                    weighted += power * of_made.row(c)[p];
                }
                for (int c = 0; c < o.in.count; ++c)
                    to.in.row(c)[p] +=
                        std::exp(read.in.row(c)[p] - most) / sum * (of_made.row(c)[p] - weighted / sum);
            }
            return;
        case op_kind::resample:
            for (int c = 0; c < o.out.count; ++c)
                detail::visit_samples(o, [&](int made, int from, float share) {
                    to.in.row(c)[from] += share * of_made.row(c)[made];
                });
            return;
        case op_kind::pixel_shuffle:
        case op_kind::pixel_unshuffle:
            return detail::visit_shuffled(o, [&](int made, int made_pixel, int from, int from_pixel) {
                to.in.row(from)[from_pixel] += of_made.row(made)[made_pixel];
            });
        case op_kind::fill: return;
        default: return for_pixels([&](int c, int p, float gradient) { to.in.row(c)[p] += gradient; });
    }
}

}  // namespace plait::inline PLAIT_TARGET
