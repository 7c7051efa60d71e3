// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

#if !PLAIT_HAS_VECTORS

#include <bit>
#include <cstdint>

#include "plait/core/as_size.hpp"
#include "plait/core/precision.hpp"
#include "plait/simd/batch.hpp"
#include "plait/simd/dwords.hpp"

#if defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#endif

// What `simd/dot.hpp` has of int8, of one lane: a vector is one pack. Bytes are multiplied two by two as
// numbers of 16 bits, which Cortex-M's dual multiply adds to a sum at once. Every processor packs and
// computes the same bits.

namespace plait::inline PLAIT_TARGET::simd {

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

/// At least 0 and at most 255.
[[gnu::always_inline]] inline dwords as_bytes(dwords x) {
    return spread(x[0] < 0 ? 0 : x[0] > 255 ? 255 : x[0]);
}

/// Packs of four bytes, multiplied exactly.
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

    /// The four bytes of the weights of one channel's taps.
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
    /// Taps of 16 bits with weights of 16 bits, added to a sum.
    [[gnu::always_inline]] static inline sum multiply_add_taps(dwords x, dwords w, sum to) {
        return multiply_add(x, w, to);
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

}  // namespace plait::inline PLAIT_TARGET::simd

#endif
