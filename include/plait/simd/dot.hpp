// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "plait/core/as_size.hpp"
#include "plait/core/precision.hpp"
#include "plait/simd/batch.hpp"
#include "plait/simd/dwords.hpp"

#if !PLAIT_HAS_VECTORS
#include "plait/simd/scalar_dot.hpp"
#else

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#if (defined(__AVX512F__) && defined(__AVX512BW__)) || defined(__AVX2__) || \
    (defined(__SSE2__) && !defined(__AVX__)) || defined(__wasm_simd128__)
#define PLAIT_HAS_PRODUCTS_OF_PAIRS 1
#endif

// g++ 12 warns of its own intrinsics for 512 bits where they take no mask; with a mask of all lanes they are
// the same instructions.
//
// Dot products of packs: a vector has four bytes for each of its lanes, which are channels of one pixel. The
// only place with instructions of reduced precision. All of int8 is exact, so that every instruction set
// gives the same bits.

namespace plait::inline PLAIT_TARGET::simd {

/// Runs of `Width` values, `apart` from each other, side by side.
template <int Width>
[[gnu::always_inline]] inline dwords load_rows(const float* from, int apart) {
    static_assert(Width == 4 || Width == 8);
    if constexpr (Width >= native_lanes) return load_dwords(from);
#if defined(__AVX512F__)
    const auto load_128 = [](const float* at) {
        return _mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(at)));
    };
    const auto load_256 = [](const float* at) {
        return _mm256_loadu_si256(static_cast<const __m256i*>(static_cast<const void*>(at)));
    };
    if constexpr (Width == 8)
        return std::bit_cast<dwords>(_mm512_maskz_inserti64x4(0xff, _mm512_castsi256_si512(load_256(from)),
                                                              load_256(from + apart), 1));
    const auto both = [&](const float* at) {
        return _mm256_inserti128_si256(_mm256_castsi128_si256(load_128(at)), load_128(at + apart), 1);
    };
    return std::bit_cast<dwords>(
        _mm512_maskz_inserti64x4(0xff, _mm512_castsi256_si512(both(from)), both(from + 2 * apart), 1));
#elif defined(__AVX__)
    return std::bit_cast<dwords>(
        _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), _mm_loadu_ps(from + apart), 1));
#else
    dwords x{};
    for (int i = 0; i < native_lanes; ++i) {
        std::int32_t one = 0;
        std::memcpy(&one, from + i / Width * apart + i % Width, sizeof one);
        x[i] = one;
    }
    return x;
#endif
}
/// Lanes 0, 2, 4, ... of both, one after the other, then lanes 1, 3, 5, ...
[[gnu::always_inline]] inline void split_pairs(dwords& a, dwords& b) {
    using vector = batch<float>;
    using data = decltype(vector(0.0F).data);
    const vector x(std::bit_cast<data>(a)), y(std::bit_cast<data>(b));
    a = std::bit_cast<dwords>(even_lanes(x, y).data);
    b = std::bit_cast<dwords>(odd_lanes(x, y).data);
}
/// Keeps a value in a register, as `pinned` of floats.
[[gnu::always_inline]] inline dwords pinned(dwords x) {
#if defined(__GNUC__) && !defined(__clang__) && defined(__AVX512F__)
    asm("" : "+v"(x));
#elif defined(__GNUC__) && !defined(__clang__) && defined(__SSE2__)
    asm("" : "+x"(x));
#endif
    return x;
}
/// The four floats at `from` in lanes 0 to 3, 4 to 7 and so on.
[[gnu::always_inline]] inline dwords spread_four(const void* from) {
#if defined(__AVX512F__)
    __m128i four;
    std::memcpy(&four, from, sizeof four);
    return std::bit_cast<dwords>(_mm512_maskz_broadcast_i32x4(0xffff, four));
#else
    std::int32_t four[4];
    std::memcpy(four, from, sizeof four);
    dwords x{};
    PLAIT_UNROLL
    for (int i = 0; i < native_lanes; ++i) x[i] = four[i % 4];
    return x;
#endif
}

/// The nearest whole number of each, of two that are as near the even one; their sizes are below 2^31.
[[gnu::always_inline]] inline dwords to_nearest(float_lanes x) {
#if defined(__AVX512F__)
    return std::bit_cast<dwords>(_mm512_maskz_cvtps_epi32(0xffff, std::bit_cast<__m512>(x)));
#elif defined(__AVX__)
    return std::bit_cast<dwords>(_mm256_cvtps_epi32(std::bit_cast<__m256>(x)));
#elif defined(__SSE2__)
    return std::bit_cast<dwords>(_mm_cvtps_epi32(std::bit_cast<__m128>(x)));
#elif defined(__aarch64__)
    return std::bit_cast<dwords>(vcvtnq_s32_f32(std::bit_cast<float32x4_t>(x)));
#elif defined(__wasm_simd128__)
    return std::bit_cast<dwords>(wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(std::bit_cast<v128_t>(x))));
#else
    dwords made{};
    for (int i = 0; i < native_lanes; ++i) made[i] = static_cast<std::int32_t>(std::lrint(x[i]));
    return made;
#endif
}

/// At least 0 and at most 255.
[[gnu::always_inline]] inline dwords as_bytes(dwords x) {
    x = x > 0 ? x : dwords{};
    const dwords most = spread(255);
    return x < most ? x : most;
}

/// Packs of four bytes, multiplied exactly.
template <>
struct dot<precision::int8> {
    static constexpr int channels = 4;
    using sum = dwords;

#if (defined(__AVX512F__) && defined(__AVX512VNNI__)) || \
    (!defined(__AVX512F__) && defined(__AVX2__) && defined(__AVXVNNI__))
#define PLAIT_DOT_OF_BYTES 1
    static constexpr int parts = 1;
#elif defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
#define PLAIT_DOT_OF_BYTES 1
    static constexpr int parts = 1;
#elif defined(PLAIT_HAS_PRODUCTS_OF_PAIRS)
    static constexpr int parts = 2;
#else
    static constexpr int parts = 4;
#endif
    /// What bytes are less before they are multiplied: sums begin with this times their weights' sum.
#if defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
    static constexpr int offset = 128;
#else
    static constexpr int offset = 0;
#endif

    /// The four bytes of part `part` of the weights of a pack's channels.
    static std::int32_t weight(const int (&of_channel)[4], int part) {
        const auto byte = [&](int c) { return static_cast<std::uint32_t>(of_channel[c]) & 0xffU; };
        const auto word = [&](int c) { return static_cast<std::uint32_t>(of_channel[c]) & 0xffffU; };
        if constexpr (parts == 1)
            return static_cast<std::int32_t>(byte(0) | byte(1) << 8U | byte(2) << 16U | byte(3) << 24U);
        else if constexpr (parts == 2)
            return static_cast<std::int32_t>(word(part) | word(part + 2) << 16U);
        else
            return of_channel[part];
    }

    /// Part `part` of a vector of packs, as it is multiplied.
    [[gnu::always_inline]] static inline dwords part_of(dwords x, int part) {
        if constexpr (parts == 1) {
            return offset == 0 ? x : x ^ spread(static_cast<std::int32_t>(0x80808080U));
        } else {
            const auto shift = static_cast<unsigned>(8 * part);
            const dwords low = spread(parts == 2 ? 0x00ff00ff : 0xff);
            return std::bit_cast<dwords>(std::bit_cast<unsigned_dwords>(x) >> shift) & low;
        }
    }
    /// A part's bytes with its weights, added to sums.
    [[gnu::always_inline]] static inline sum multiply_add(dwords x, dwords w, sum to) {
#if defined(__AVX512F__) && defined(PLAIT_DOT_OF_BYTES)
#if defined(__clang__)
        return std::bit_cast<dwords>(_mm512_dpbusd_epi32(
            std::bit_cast<__m512i>(to), std::bit_cast<__m512i>(x), std::bit_cast<__m512i>(w)));
#else
        asm("vpdpbusd %2,%1,%0" : "+v"(to) : "v"(x), "v"(w));  // g++ 12 copies what the intrinsic adds to
        return to;
#endif
#elif defined(__AVX2__) && defined(PLAIT_DOT_OF_BYTES)
        return std::bit_cast<dwords>(_mm256_dpbusd_avx_epi32(
            std::bit_cast<__m256i>(to), std::bit_cast<__m256i>(x), std::bit_cast<__m256i>(w)));
#elif defined(__aarch64__) && defined(PLAIT_DOT_OF_BYTES)
        return std::bit_cast<dwords>(vdotq_s32(std::bit_cast<int32x4_t>(to), std::bit_cast<int8x16_t>(x),
                                               std::bit_cast<int8x16_t>(w)));
#elif defined(PLAIT_HAS_PRODUCTS_OF_PAIRS)
        return multiply_add_pairs(x, w, to);
#else
        return to + x * w;
#endif
    }

    // One channel at a time.

#if defined(PLAIT_HAS_PRODUCTS_OF_PAIRS)
    static constexpr int taps = 2;
    /// Whether lanes are the four channels of a pixel, and vectors its neighbours; else the other way round.
    static constexpr bool channels_in_lanes = true;
#else
    static constexpr int taps = 1;
    static constexpr bool channels_in_lanes = false;
#endif

    /// The four bytes of the weights of one channel's taps.
    static std::int32_t tap_weight(const int (&of_tap)[2]) {
        if constexpr (taps == 1) return of_tap[0];
        return static_cast<std::int32_t>((static_cast<std::uint32_t>(of_tap[0]) & 0xffffU) |
                                         static_cast<std::uint32_t>(of_tap[1]) << 16U);
    }
    /// From vectors of packs to vectors of the taps of one channel.
    [[gnu::always_inline]] static inline void join_taps(const dwords (&x)[as_size(taps)],
                                                        dwords (&to)[as_size(channels)]) {
#if defined(__wasm_simd128__)
        const auto a = std::bit_cast<v128_t>(x[0]), b = std::bit_cast<v128_t>(x[1]);
        const v128_t low = wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const v128_t high =
            wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        to[0] = std::bit_cast<dwords>(wasm_u16x8_extend_low_u8x16(low));
        to[1] = std::bit_cast<dwords>(wasm_u16x8_extend_high_u8x16(low));
        to[2] = std::bit_cast<dwords>(wasm_u16x8_extend_low_u8x16(high));
        to[3] = std::bit_cast<dwords>(wasm_u16x8_extend_high_u8x16(high));
#elif defined(PLAIT_HAS_PRODUCTS_OF_PAIRS)
#if defined(__AVX512F__)
#define PLAIT_WIDE(name) _mm512_##name
        using wide = __m512i;
#elif defined(__AVX2__)
#define PLAIT_WIDE(name) _mm256_##name
        using wide = __m256i;
#else
#define PLAIT_WIDE(name) _mm_##name
        using wide = __m128i;
#endif
        const auto a = std::bit_cast<wide>(x[0]), b = std::bit_cast<wide>(x[1]);
        const auto zero = std::bit_cast<wide>(dwords{});
        const wide low = PLAIT_WIDE(unpacklo_epi8)(a, b), high = PLAIT_WIDE(unpackhi_epi8)(a, b);
        to[0] = std::bit_cast<dwords>(PLAIT_WIDE(unpacklo_epi8)(low, zero));
        to[1] = std::bit_cast<dwords>(PLAIT_WIDE(unpackhi_epi8)(low, zero));
        to[2] = std::bit_cast<dwords>(PLAIT_WIDE(unpacklo_epi8)(high, zero));
        to[3] = std::bit_cast<dwords>(PLAIT_WIDE(unpackhi_epi8)(high, zero));
#else
        PLAIT_UNROLL
        for (int c = 0; c < channels; ++c)
            to[c] =
                std::bit_cast<dwords>(std::bit_cast<unsigned_dwords>(x[0]) >> static_cast<unsigned>(8 * c)) &
                spread(0xff);
#endif
    }
    /// Taps of 16 bits with weights of 16 bits.
    [[gnu::always_inline]] static inline sum multiply_add_taps(dwords x, dwords w, sum to) {
#if defined(PLAIT_HAS_PRODUCTS_OF_PAIRS)
        return multiply_add_pairs(x, w, to);
#else
        return to + x * w;
#endif
    }

    /// Packs of numbers, which saturate to bytes.
    template <bool ChannelsInLanes>
    [[gnu::always_inline]] static inline dwords packed(const dwords (&q)[as_size(channels)]) {
#if defined(__wasm_simd128__)
        const auto in_words = [](dwords a, dwords b) {
            return wasm_i16x8_narrow_i32x4(std::bit_cast<v128_t>(a), std::bit_cast<v128_t>(b));
        };
        const v128_t bytes = wasm_u8x16_narrow_i16x8(in_words(q[0], q[1]), in_words(q[2], q[3]));
        if constexpr (ChannelsInLanes) return std::bit_cast<dwords>(bytes);
        return std::bit_cast<dwords>(
            wasm_i8x16_shuffle(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
#else
#if defined(PLAIT_HAS_PRODUCTS_OF_PAIRS)
        constexpr bool shuffles =
#if defined(__SSSE3__)
            true;
#else
            ChannelsInLanes;
#endif
        if constexpr (shuffles) {
#if defined(__AVX512F__)
            using wide = __m512i;
#elif defined(__AVX2__)
            using wide = __m256i;
#else
            using wide = __m128i;
#endif
            const auto in_words = [](dwords a, dwords b) {
                return PLAIT_WIDE(packs_epi32)(std::bit_cast<wide>(a), std::bit_cast<wide>(b));
            };
            const wide bytes = PLAIT_WIDE(packus_epi16)(in_words(q[0], q[1]), in_words(q[2], q[3]));
            if constexpr (ChannelsInLanes) return std::bit_cast<dwords>(bytes);
#if defined(__SSSE3__)
            using byte_lanes [[gnu::vector_size(4 * native_lanes)]] = char;
            byte_lanes order{};
            PLAIT_UNROLL
            for (int i = 0; i < 4 * native_lanes; ++i)
                order[i] = static_cast<char>(i % 16 % 4 * 4 + i % 16 / 4);
            return std::bit_cast<dwords>(PLAIT_WIDE(shuffle_epi8)(bytes, std::bit_cast<wide>(order)));
#endif
        }
#endif
        const dwords low = as_bytes(q[0]) | as_bytes(q[1]) << 8;
        return low | (as_bytes(q[2]) | as_bytes(q[3]) << 8) << 16;
#endif
    }

private:
    /// g++ 12 else adds products up first, and keeps them in memory.
    [[gnu::always_inline]] static inline sum multiply_add_pairs([[maybe_unused]] dwords x,
                                                                [[maybe_unused]] dwords w, sum to) {
#if defined(__AVX512F__) && defined(__AVX512BW__)
#if defined(__clang__)
        return to +
               std::bit_cast<dwords>(_mm512_madd_epi16(std::bit_cast<__m512i>(x), std::bit_cast<__m512i>(w)));
#else
        dwords product;
        asm("vpmaddwd %3,%2,%1\n\tvpaddd %1,%0,%0" : "+v"(to), "=&v"(product) : "v"(x), "v"(w));
        return to;
#endif
#elif defined(__AVX2__)
#if defined(__clang__)
        return to +
               std::bit_cast<dwords>(_mm256_madd_epi16(std::bit_cast<__m256i>(x), std::bit_cast<__m256i>(w)));
#else
        dwords product;
        asm("vpmaddwd %3,%2,%1\n\tvpaddd %1,%0,%0" : "+x"(to), "=&x"(product) : "x"(x), "x"(w));
        return to;
#endif
#elif defined(__SSE2__) && !defined(__AVX__)
        return to +
               std::bit_cast<dwords>(_mm_madd_epi16(std::bit_cast<__m128i>(x), std::bit_cast<__m128i>(w)));
#elif defined(__wasm_simd128__)
        return to + std::bit_cast<dwords>(
                        wasm_i32x4_dot_i16x8(std::bit_cast<v128_t>(x), std::bit_cast<v128_t>(w)));
#else
        return to;
#endif
    }
};

}  // namespace plait::inline PLAIT_TARGET::simd

#undef PLAIT_WIDE
#undef PLAIT_HAS_PRODUCTS_OF_PAIRS

#endif

namespace plait::inline PLAIT_TARGET::simd {

/// The nearest bf16 of each lane in its upper half, of two that are as near the even one; lower halves are 0.
[[gnu::always_inline]] inline unsigned_dwords nearest_bf16(float_lanes x) {
    const auto bits = std::bit_cast<unsigned_dwords>(x);
    const unsigned_dwords rounded = bits + (0x7fffU + (bits >> 16U & 1U));
    const unsigned_dwords made = (bits & 0x7fff'ffffU) > 0x7f80'0000U ? bits | 0x40'0000U : rounded;
    return made & 0xffff'0000U;
}

/// Packs of two bf16, whose products are added up in fp32.
template <>
struct dot<precision::bf16> {
    static constexpr int channels = 2;
    static constexpr int offset = 0;
    using sum = float_lanes;

#if PLAIT_HAS_VECTORS && defined(__AVX512F__) && defined(__AVX512BF16__)
#define PLAIT_DOT_OF_BF16 1
    static constexpr int parts = 1;
#else
    static constexpr int parts = 2;
#endif

    /// The four bytes of part `part` of the weights of a pack's channels.
    static std::int32_t weight(const float (&of_channel)[2], int part) {
        const auto bits = [&](int c) { return std::bit_cast<std::uint32_t>(of_channel[c]); };
        if constexpr (parts == 1)
            return static_cast<std::int32_t>(bits(0) >> 16U | (bits(1) & 0xffff'0000U));
        else
            return static_cast<std::int32_t>(bits(part));
    }

    /// Part `part` of a vector of packs, as it is multiplied.
    [[gnu::always_inline]] static inline dwords part_of(dwords x, int part) {
        if constexpr (parts == 1) return x;
        return part == 0 ? x << 16 : x & spread(static_cast<std::int32_t>(0xffff'0000U));
    }
    /// A part's values with its weights, added to sums.
    [[gnu::always_inline]] static inline sum multiply_add(dwords x, dwords w, sum to) {
#if defined(PLAIT_DOT_OF_BF16)
        return std::bit_cast<float_lanes>(_mm512_dpbf16_ps(
            std::bit_cast<__m512>(to), std::bit_cast<__m512bh>(x), std::bit_cast<__m512bh>(w)));
#else
        return multiply_add_taps(x, w, to);
#endif
    }

    static constexpr int taps = 1;
    static constexpr bool channels_in_lanes = false;

    /// The four bytes of the weight of one channel's tap.
    static std::int32_t tap_weight(const float (&of_tap)[2]) {
        return std::bit_cast<std::int32_t>(of_tap[0]);
    }

    /// From a vector of packs to the channels of each.
    [[gnu::always_inline]] static inline void join_taps(const dwords (&x)[1], dwords (&to)[2]) {
        widen(x[0], to[0], to[1]);
    }
    /// Taps with their weights, added to sums.
    [[gnu::always_inline]] static inline sum multiply_add_taps(dwords x, dwords w, sum to) {
        using vector = batch<float>;
        using data = decltype(vector(0.0F).data);
        const auto as_batch = [](auto v) { return vector(std::bit_cast<data>(v)); };
        return std::bit_cast<float_lanes>(simd::multiply_add(as_batch(x), as_batch(w), as_batch(to)).data);
    }

    /// Packs of the nearest.
    [[gnu::always_inline]] static inline dwords packed(const float_lanes (&x)[2]) {
        return std::bit_cast<dwords>(nearest_bf16(x[0]) >> 16U | nearest_bf16(x[1]));
    }
    /// Both channels as floats.
    [[gnu::always_inline]] static inline void widen(dwords x, dwords& first, dwords& second) {
        first = x << 16;
        second = x & spread(static_cast<std::int32_t>(0xffff'0000U));
    }
};

/// The larger of each channel of packs.
template <precision Precision>
[[gnu::always_inline]] inline dwords largest_channels(dwords a, dwords b) {
    if constexpr (Precision == precision::int8) {
        using byte_lanes [[gnu::vector_size(4 * native_lanes)]] = std::uint8_t;
        const auto x = std::bit_cast<byte_lanes>(a), y = std::bit_cast<byte_lanes>(b);
        return std::bit_cast<dwords>(x > y ? x : y);
    } else {
        using vector = batch<float>;
        using data = decltype(vector(0.0F).data);
        dwords of_a[2], of_b[2];
        float_lanes most[2];
        dot<precision::bf16>::widen(a, of_a[0], of_a[1]);
        dot<precision::bf16>::widen(b, of_b[0], of_b[1]);
        for (int c = 0; c < 2; ++c)
            most[c] = std::bit_cast<float_lanes>(
                maximum_or_nan(vector(std::bit_cast<data>(of_a[c])), vector(std::bit_cast<data>(of_b[c])))
                    .data);
        return dot<precision::bf16>::packed(most);
    }
}

}  // namespace plait::inline PLAIT_TARGET::simd
