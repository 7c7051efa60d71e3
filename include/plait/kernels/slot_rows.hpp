// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "plait/kernels/activation_function.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/op_layout.hpp"
#include "plait/kernels/slot_shape.hpp"
#include "plait/simd/dot.hpp"

// What kernels over packs share: slots with what lies around them, and how vectors of packs are stored.

namespace plait::inline PLAIT_TARGET::detail {

/// Copies a slot to scratch with `border` around it, its columns cut by their residue of the stride. It reads
/// vectors beyond the slot, and writes them beyond rows.
template <plait::window W>
[[gnu::always_inline]] inline void surround(const float* from, extent in, slot_window around,
                                            std::int32_t border, float* to) {
    constexpr int stride = W.columns.stride;
    const simd::dwords outside = simd::spread(border);
    const auto fill = [&](float* values, int begin, int end) {
        for (int i = begin; i < end; ++i) std::memcpy(values + i, &border, sizeof border);
    };
    for (int row = 0; row < around.rows; ++row, to += around.row_pitch) {
        const int y = row - W.rows.before;
        if (y < 0 || y >= in.height) {
            for (int i = 0; i < around.row_pitch; i += native_lanes) simd::store_dwords(to + i, outside);
            continue;
        }
        // Entry i of a residue is column i * stride + residue - before.
        const float* const values = from + y * in.width - W.columns.before;
        if constexpr (stride == 1) {
            for (int i = 0; i < around.used; i += native_lanes)
                simd::store_dwords(to + i, simd::load_dwords(values + i));
        } else if constexpr (stride == 2) {
            for (int i = 0; i < around.used; i += native_lanes) {
                simd::dwords even = simd::load_dwords(values + 2 * i);
                simd::dwords odd = simd::load_dwords(values + 2 * i + native_lanes);
                simd::split_pairs(even, odd);
                simd::store_dwords(to + i, even);
                simd::store_dwords(to + around.phase_pitch + i, odd);
            }
        }
        for (int phase = 0; phase < stride; ++phase) {
            float* const run = to + phase * around.phase_pitch;
            const int first = phase - W.columns.before;
            int begin = first < 0 ? (stride - 1 - first) / stride : 0;
            int end = in.width > first ? (in.width - first + stride - 1) / stride : 0;
            begin = begin < around.used ? begin : around.used;
            end = end < around.used ? end : around.used;
            if constexpr (stride > 2) {
                for (int i = begin; i < end; ++i)
                    std::memcpy(run + i, values + i * stride + phase, sizeof(float));
            }
            fill(run, 0, begin);
            fill(run, end > begin ? end : begin, around.used);
        }
    }
}

/// How the pixels of a map are cut into vectors: rows of them, or, where windows are points or a vector has
/// several rows, one row of all.
template <plait::window W, int ShortRow>
struct vector_grid {
    static constexpr bool in_one_row = W.is_point() || ShortRow > 0;

    int width;       ///< pixels of a row
    int of_row;      ///< vectors of a row
    int row_values;  ///< from one row of what is read to the next
    int room;        ///< values of the map that may be written
    int count;       ///< of vectors

    static vector_grid of(extent out) {
        const int pixels = out.pixels();
        const int room = pixels == 1 ? 1 : plane_pitch(pixels);
        const int row_values = W.is_point() ? 0 : slot_window::of(W, out).row_pitch * W.rows.stride;
        if constexpr (in_one_row) return {pixels, vectors(pixels), row_values, room, vectors(pixels)};
        return {out.width, vectors(out.width), row_values, room, vectors(out.width) * out.height};
    }
    static constexpr int vectors(int count) { return (count + native_lanes - 1) / native_lanes; }

    /// Calls `visit(read, write)` for each vector: where it begins in what is read, and in what is written.
    template <class Visit>
    [[gnu::always_inline]] inline void for_each(Visit visit) const {
        if constexpr (in_one_row) {
            const int step =
                W.is_point() ? native_lanes : native_lanes / (ShortRow > 0 ? ShortRow : 1) * row_values;
            for (int i = 0, read = 0; i < count; ++i, read += step) visit(read, i * native_lanes);
        } else {
            for (int i = 0, read = 0, write = 0; i < count; i += of_row, read += row_values, write += width)
                for (int x = 0; x < width; x += native_lanes) visit(read + x, write + x);
        }
    }
    /// Where vector `i` begins in what is read.
    int read_at(int i) const {
        if constexpr (W.is_point()) return i * native_lanes;
        if constexpr (ShortRow > 0) return i * (native_lanes / ShortRow) * row_values;
        return i / of_row * row_values + i % of_row * native_lanes;
    }
    /// What lies there.
    [[gnu::always_inline]] inline simd::dwords load(const float* from) const {
        if constexpr (ShortRow > 0)
            return simd::load_rows<ShortRow>(from, row_values);
        else
            return simd::load_dwords(from);
    }
    /// Where it begins in what is written.
    int write_at(int i) const {
        if constexpr (in_one_row) return i * native_lanes;
        return i / of_row * width + i % of_row * native_lanes;
    }
    /// Values of it that may be written: what a whole vector writes past its row, the next row writes over.
    int writable(int i) const { return writable_at(write_at(i)); }
    /// The same of one that is written there.
    int writable_at(int write) const { return room - write < native_lanes ? room - write : native_lanes; }
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

/// The same bits on every processor.
template <activation Act>
    requires(is_exact(Act))
[[gnu::always_inline]] inline simd::float_lanes activated_exactly(simd::float_lanes x) {
    constexpr bool is_swish = Act.kind == activation_kind::hard_swish;
    if constexpr (is_swish || Act.kind == activation_kind::hard_sigmoid) {
        constexpr activation gate = is_swish ? activation::hard_sigmoid() : Act;
        using vector = simd::batch<float>;
        const vector given(std::bit_cast<decltype(vector(0.0F).data)>(x));
        const vector product = simd::as_rounded(given * vector(as_float(gate.first)));
        const vector line = product + vector(as_float(gate.second));
        const vector open = simd::minimum(vector(1.0F), simd::maximum(vector(0.0F), line));
        return std::bit_cast<simd::float_lanes>((is_swish ? given * open : open).data);
    } else {
        return activated_lanes<Act>(x);
    }
}

/// The activation as a constant of its own: clang takes a part of a template's argument amiss at run time.
template <slot_shape S>
inline constexpr activation act_of = S.act;

/// Whether a byte is made of an activation's value, and not of a sum that saturates to its range.
template <slot_shape S>
inline constexpr bool acts_before_bytes = S.out == precision::int8 && !saturates(S.act);

/// Values of a pack's channels as a vector of packs; `inverse` and `zero` give the numbers of a channel.
template <slot_shape S, bool ChannelsInLanes, class Inverse, class Zero>
[[gnu::always_inline]] inline simd::dwords pack_values(
    const simd::float_lanes (&x)[as_size(channels_of_slot(S.in))], Inverse inverse, Zero zero) {
    static_assert(S.in == S.out);
    constexpr int width = channels_of_slot(S.in);
    if constexpr (S.out == precision::int8) {
        simd::dwords bytes[as_size(width)];
        PLAIT_UNROLL
        for (int c = 0; c < width; ++c) {
            simd::float_lanes scaled = x[c];
            if constexpr (acts_before_bytes<S>)
                scaled = activated_exactly<S.act>(scaled) * std::bit_cast<simd::float_lanes>(inverse(c));
            bytes[c] = simd::to_nearest(scaled) + zero(c);
        }
        return simd::dot<S.in>::template packed<ChannelsInLanes>(bytes);
    } else {
        simd::float_lanes made[as_size(width)];
        PLAIT_UNROLL
        for (int c = 0; c < width; ++c) made[c] = activated_lanes<S.act>(x[c]);
        return simd::dot<S.in>::packed(made);
    }
}

/// The same of sums.
template <slot_shape S, bool ChannelsInLanes, class Scale, class Inverse, class Zero>
[[gnu::always_inline]] inline simd::dwords pack_sums(
    const typename simd::dot<S.in>::sum (&sums)[as_size(channels_of_slot(S.in))], Scale scale,
    Inverse inverse, Zero zero) {
    constexpr int width = channels_of_slot(S.in);
    simd::float_lanes x[as_size(width)];
    PLAIT_UNROLL
    for (int c = 0; c < width; ++c) {
        if constexpr (S.out == precision::int8)
            x[c] = simd::as_floats(sums[c]) * std::bit_cast<simd::float_lanes>(scale(c));
        else
            x[c] = sums[c];
    }
    return pack_values<S, ChannelsInLanes>(x, inverse, zero);
}

}  // namespace plait::inline PLAIT_TARGET::detail
