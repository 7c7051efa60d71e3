// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstring>

#include "plait/kernels/activation_function.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/op_layout.hpp"
#include "plait/kernels/slot_shape.hpp"
#include "plait/simd/dot.hpp"

// What kernels over packs share: slots with what lies around them, and how vectors of packs are stored.

namespace plait::inline PLAIT_TARGET::detail {

/// Copies a slot to scratch with `border` around it, its columns cut by their residue of the stride.
template <plait::window W>
[[gnu::always_inline]] inline void surround(const float* from, extent in, slot_window to_window,
                                            std::int32_t border, float* to) {
    constexpr int stride = W.columns.stride;
    const float around = std::bit_cast<float>(border);
    const auto fill = [&](float* values, int count) {
        for (int i = 0; i < count; ++i) std::memcpy(values + i, &around, sizeof around);
    };
    for (int row = 0; row < to_window.rows; ++row, to += to_window.row_pitch) {
        const int y = row - W.rows.before;
        if (y < 0 || y >= in.height) {
            fill(to, to_window.row_pitch);
            continue;
        }
        const float* values = from + y * in.width;
        for (int phase = 0; phase < stride; ++phase) {
            float* const run = to + phase * to_window.phase_pitch;
            // Entry i is column i * stride + phase - before.
            const int first = phase - W.columns.before;
            int begin = first < 0 ? (stride - 1 - first) / stride : 0;
            int end = in.width > first ? (in.width - first + stride - 1) / stride : 0;
            begin = begin < to_window.phase_pitch ? begin : to_window.phase_pitch;
            end = end < to_window.phase_pitch ? end : to_window.phase_pitch;
            end = end > begin ? end : begin;
            fill(run, begin);
            if constexpr (stride == 1) {
                std::memcpy(run + begin, values + first + begin,
                            sizeof(float) * static_cast<unsigned>(end - begin));
            } else {
                for (int i = begin; i < end; ++i)
                    std::memcpy(run + i, values + i * stride + first, sizeof(float));
            }
            fill(run + end, to_window.phase_pitch - end);
        }
    }
}

/// How the pixels of a map are cut into vectors: rows of them, or where windows are points, one row of all.
template <plait::window W>
struct vector_grid {
    int width;       ///< pixels of a row
    int of_row;      ///< vectors of a row
    int row_values;  ///< from one row of what is read to the next
    int room;        ///< values of the map that may be written

    static vector_grid of(extent out) {
        const int pixels = out.pixels();
        const int room = pixels == 1 ? 1 : plane_pitch(pixels);
        if constexpr (W.is_point()) return {pixels, vectors(pixels), 0, room};
        const slot_window around = slot_window::of(W, out);
        return {out.width, vectors(out.width), around.row_pitch * W.rows.stride, room};
    }
    static constexpr int vectors(int count) { return (count + native_lanes - 1) / native_lanes; }

    /// Where vector `i` begins in what is read.
    int read_at(int i) const {
        if constexpr (W.is_point()) return i * native_lanes;
        return i / of_row * row_values + i % of_row * native_lanes;
    }
    /// Where it begins in what is written.
    int write_at(int i) const {
        if constexpr (W.is_point()) return i * native_lanes;
        return i / of_row * width + i % of_row * native_lanes;
    }
    /// Values of it that may be written: what a whole vector writes past its row, the next row writes over.
    int writable(int i) const {
        const int left = room - write_at(i);
        return left < native_lanes ? left : native_lanes;
    }
};

/// The first `count` lanes.
[[gnu::always_inline]] inline void store_slots(float* to, simd::dwords x, int count) {
    if (count == native_lanes)
        simd::store_dwords(to, x);
    else
        std::memcpy(to, &x, sizeof(float) * static_cast<unsigned>(count));
}

/// An activation of vectors of floats.
template <activation Act>
[[gnu::always_inline]] inline simd::float_lanes activated_lanes(simd::float_lanes x) {
    using vector = simd::batch<float>;
    return std::bit_cast<simd::float_lanes>(
        activated<Act>(vector(std::bit_cast<decltype(vector(0.0F).data)>(x))).data);
}

/// Sums of a pack's channels as a vector of packs. `of` gives the number of a channel in all lanes.
template <slot_shape S, bool ChannelsInLanes, class Scale, class Zero>
[[gnu::always_inline]] inline simd::dwords pack_sums(
    const typename simd::dot<S.in>::sum (&sums)[as_size(channels_of_slot(S.in))], Scale scale, Zero zero) {
    static_assert(S.in == S.out);
    constexpr int width = channels_of_slot(S.in);
    if constexpr (S.out == precision::int8) {
        simd::float_lanes scales[as_size(width)];
        simd::dwords zeros[as_size(width)];
        PLAIT_UNROLL
        for (int c = 0; c < width; ++c) {
            scales[c] = std::bit_cast<simd::float_lanes>(scale(c));
            zeros[c] = zero(c);
        }
        return simd::dot<S.in>::template narrowed<ChannelsInLanes>(sums, scales, zeros);
    } else {
        simd::float_lanes made[as_size(width)];
        PLAIT_UNROLL
        for (int c = 0; c < width; ++c) made[c] = activated_lanes<S.act>(sums[c]);
        return simd::dot<S.in>::packed(made);
    }
}

}  // namespace plait::inline PLAIT_TARGET::detail
