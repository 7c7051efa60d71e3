// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

#if !PLAIT_HAS_VECTORS

#include <bit>
#include <cstdint>
#include <cstring>

#include "plait/core/as_size.hpp"
#include "plait/core/precision.hpp"
#include "plait/simd/batch.hpp"

#if defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#endif

// What `simd/dot.hpp` has, of one lane: a vector is one pack. Bytes are multiplied two by two as numbers of
// 16 bits, which Cortex-M's dual multiply adds to a sum at once. Every processor packs and computes the same
// bits.

namespace plait::inline PLAIT_TARGET::simd {

/// A pack, or a 32-bit sum.
using dwords [[gnu::vector_size(4)]] = std::int32_t;
/// The same without a sign.
using unsigned_dwords [[gnu::vector_size(4)]] = std::uint32_t;
/// The same as a float.
using float_lanes [[gnu::vector_size(4)]] = float;

/// Four bytes as a number.
[[gnu::always_inline]] inline std::int32_t load_dword(const void* from) {
    std::int32_t x;
    std::memcpy(&x, from, sizeof x);
    return x;
}
/// A number in all lanes.
[[gnu::always_inline]] inline dwords spread(std::int32_t x) { return dwords{x}; }
/// The four bytes at `from` in all lanes.
[[gnu::always_inline]] inline dwords spread_from(const void* from) { return spread(load_dword(from)); }
/// From any address, of values of four bytes.
[[gnu::always_inline]] inline dwords load_dwords(const void* from) { return spread_from(from); }
/// To any address.
[[gnu::always_inline]] inline void store_dwords(void* to, dwords x) { std::memcpy(to, &x, sizeof x); }
/// Runs of `Width` values, `apart` from each other, side by side.
template <int Width>
[[gnu::always_inline]] inline dwords load_rows(const float* from, int) {
    return load_dwords(from);
}
/// Lanes 0, 2, 4, ... of both, one after the other, then lanes 1, 3, 5, ...: as they are.
[[gnu::always_inline]] inline void split_pairs(dwords&, dwords&) {}
/// Keeps a value in a register, as `pinned` of floats.
[[gnu::always_inline]] inline dwords pinned(dwords x) { return x; }
/// The first of the four floats at `from`.
[[gnu::always_inline]] inline dwords spread_four(const void* from) { return load_dwords(from); }

/// The nearest whole number, of two that are as near the even one; its size is below 2^31.
[[gnu::always_inline]] inline dwords to_nearest(float_lanes x) {
#if defined(__ARM_FP) && (__ARM_FP & 4)
    float rounded = x[0];
    asm("vcvtr.s32.f32 %0, %0" : "+t"(rounded));
    return spread(std::bit_cast<std::int32_t>(rounded));
#else
    const auto whole = static_cast<std::int32_t>(x[0]);
    const float rest = x[0] - static_cast<float>(whole);
    const bool is_odd = (whole & 1) != 0;
    if (rest > 0.5F || (is_odd && rest >= 0.5F)) return spread(whole + 1);
    if (rest < -0.5F || (is_odd && rest <= -0.5F)) return spread(whole - 1);
    return spread(whole);
#endif
}

/// A sum as a float, rounded to the nearest even.
[[gnu::always_inline]] inline float_lanes as_floats(dwords x) {
    return float_lanes{static_cast<float>(x[0])};
}

/// At least 0 and at most 255.
[[gnu::always_inline]] inline dwords as_bytes(dwords x) {
    return spread(x[0] < 0 ? 0 : x[0] > 255 ? 255 : x[0]);
}

template <precision Precision>
struct dot;

template <>
struct dot<precision::int8> {
    static constexpr int channels = 4;
    using sum = dwords;
    static constexpr int parts = 2;
    static constexpr int offset = 0;

    /// Two of the weights of a pack's channels, of 16 bits.
    static std::int32_t weight(const int (&of_channel)[4], int part) {
        return of_16_bits(of_channel[part], of_channel[part + 2]);
    }
    /// Bytes 0 and 2 of a pack, or 1 and 3.
    [[gnu::always_inline]] static inline dwords part_of(dwords x, int part) {
        const auto pack = static_cast<std::uint32_t>(x[0]);
        return spread(static_cast<std::int32_t>((part == 0 ? pack : std::rotr(pack, 8)) & 0x00ff00ffU));
    }
    /// A part's bytes with its weights, added to a sum.
    [[gnu::always_inline]] static inline sum multiply_add(dwords x, dwords w, sum to) {
#if defined(__ARM_FEATURE_SIMD32)
        return spread(__smlad(x[0], w[0], to[0]));
#else
        const auto low = [](std::int32_t pair) { return std::int32_t{static_cast<std::int16_t>(pair)}; };
        return spread(to[0] + low(x[0]) * low(w[0]) + (x[0] >> 16) * (w[0] >> 16));
#endif
    }

    // One channel at a time.

    static constexpr int taps = 2;
    static constexpr bool channels_in_lanes = false;

    static std::int32_t tap_weight(const int (&of_tap)[2]) { return of_16_bits(of_tap[0], of_tap[1]); }
    /// From two packs to the taps of each channel.
    [[gnu::always_inline]] static inline void join_taps(const dwords (&x)[2], dwords (&to)[4]) {
        PLAIT_UNROLL
        for (int part = 0; part < 2; ++part) {
            const auto a = static_cast<std::uint32_t>(part_of(x[0], part)[0]);
            const auto b = static_cast<std::uint32_t>(part_of(x[1], part)[0]);
            to[part] = spread(static_cast<std::int32_t>((a & 0xffffU) | b << 16U));
            to[part + 2] = spread(static_cast<std::int32_t>(a >> 16U | (b & 0xffff'0000U)));
        }
    }
    [[gnu::always_inline]] static inline sum multiply_add_taps(dwords x, dwords w, sum to) {
        return multiply_add(x, w, to);
    }

    /// Of sums, each channel's in one, the pack of nearest bytes: sum * scale + zero.
    template <bool ChannelsInLanes>
    [[gnu::always_inline]] static inline dwords narrowed(const sum (&sums)[4], const float_lanes (&scale)[4],
                                                         const dwords (&zero)[4]) {
        dwords q[4];
        PLAIT_UNROLL
        for (int c = 0; c < 4; ++c) q[c] = to_nearest(as_floats(sums[c]) * scale[c]) + zero[c];
        return packed<ChannelsInLanes>(q);
    }
    /// A pack of numbers, which saturate to bytes.
    template <bool ChannelsInLanes>
    [[gnu::always_inline]] static inline dwords packed(const dwords (&q)[4]) {
        static_assert(!ChannelsInLanes);
        return as_bytes(q[0]) | as_bytes(q[1]) << 8 | as_bytes(q[2]) << 16 | as_bytes(q[3]) << 24;
    }

private:
    static std::int32_t of_16_bits(int low, int high) {
        return static_cast<std::int32_t>((static_cast<std::uint32_t>(low) & 0xffffU) |
                                         static_cast<std::uint32_t>(high) << 16U);
    }
};

/// The nearest bf16 in the upper half, of two that are as near the even one; the lower half is 0.
[[gnu::always_inline]] inline unsigned_dwords nearest_bf16(float_lanes x) {
    const auto bits = std::bit_cast<std::uint32_t>(float{x[0]});
    const std::uint32_t rounded = bits + (0x7fffU + (bits >> 16U & 1U));
    const bool is_number = (bits & 0x7fff'ffffU) <= 0x7f80'0000U;
    return unsigned_dwords{(is_number ? rounded : bits | 0x40'0000U) & 0xffff'0000U};
}

template <>
struct dot<precision::bf16> {
    static constexpr int channels = 2;
    static constexpr int offset = 0;
    using sum = float_lanes;
    static constexpr int parts = 2;

    static std::int32_t weight(const float (&of_channel)[2], int part) {
        return std::bit_cast<std::int32_t>(of_channel[part]);
    }
    [[gnu::always_inline]] static inline dwords part_of(dwords x, int part) {
        return part == 0 ? x << 16 : x & spread(static_cast<std::int32_t>(0xffff'0000U));
    }
    [[gnu::always_inline]] static inline sum multiply_add(dwords x, dwords w, sum to) {
        return multiply_add_taps(x, w, to);
    }

    static constexpr int taps = 1;
    static constexpr bool channels_in_lanes = false;

    static std::int32_t tap_weight(const float (&of_tap)[2]) {
        return std::bit_cast<std::int32_t>(of_tap[0]);
    }
    [[gnu::always_inline]] static inline void join_taps(const dwords (&x)[1], dwords (&to)[2]) {
        widen(x[0], to[0], to[1]);
    }
    [[gnu::always_inline]] static inline sum multiply_add_taps(dwords x, dwords w, sum to) {
        using vector = batch<float>;
        const auto as_batch = [](auto v) { return vector(std::bit_cast<float>(v)); };
        return float_lanes{simd::multiply_add(as_batch(x), as_batch(w), as_batch(to)).data};
    }

    /// The pack of the nearest.
    [[gnu::always_inline]] static inline dwords packed(const float_lanes (&x)[2]) {
        return std::bit_cast<dwords>(nearest_bf16(x[0]) >> 16U | nearest_bf16(x[1]));
    }
    /// Both channels as floats.
    [[gnu::always_inline]] static inline void widen(dwords x, dwords& first, dwords& second) {
        first = part_of(x, 0);
        second = part_of(x, 1);
    }
};

/// The larger of each channel of packs.
template <precision Precision>
[[gnu::always_inline]] inline dwords largest_channels(dwords a, dwords b) {
    if constexpr (Precision == precision::int8) {
        std::uint32_t made = 0;
        PLAIT_UNROLL
        for (unsigned shift = 0; shift < 32; shift += 8) {
            const std::uint32_t x = static_cast<std::uint32_t>(a[0]) >> shift & 0xffU;
            const std::uint32_t y = static_cast<std::uint32_t>(b[0]) >> shift & 0xffU;
            made |= (x > y ? x : y) << shift;
        }
        return spread(static_cast<std::int32_t>(made));
    } else {
        using vector = batch<float>;
        dwords of_a[2], of_b[2];
        float_lanes most[2];
        dot<precision::bf16>::widen(a, of_a[0], of_a[1]);
        dot<precision::bf16>::widen(b, of_b[0], of_b[1]);
        for (int c = 0; c < 2; ++c)
            most[c] = float_lanes{
                maximum_or_nan(vector(std::bit_cast<float>(of_a[c])), vector(std::bit_cast<float>(of_b[c])))
                    .data};
        return dot<precision::bf16>::packed(most);
    }
}

}  // namespace plait::inline PLAIT_TARGET::simd

#endif
