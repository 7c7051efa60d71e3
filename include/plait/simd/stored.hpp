// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "plait/core/half.hpp"
#include "plait/simd/batch.hpp"

#if defined(__F16C__)
#include <immintrin.h>
#endif

// Vectors of floats from memory that keeps floats or halves.

namespace plait::inline PLAIT_TARGET::simd {

namespace detail {

#if !PLAIT_HAS_VECTORS

using half_bits = std::uint16_t;

[[gnu::always_inline]] inline float widened(half_bits x) { return half_to_float(x); }
[[gnu::always_inline]] inline half_bits narrowed(float x) { return half_from_float(x); }

#else

using float_bits [[gnu::vector_size(sizeof(float) * lanes<float>)]] = std::uint32_t;
using signed_bits [[gnu::vector_size(sizeof(float) * lanes<float>)]] = std::int32_t;
using half_bits [[gnu::vector_size(sizeof(float) * lanes<float> / 2)]] = std::uint16_t;
using vector_data = decltype(batch<float>(0.0F).data);

[[gnu::always_inline]] inline float_bits where(signed_bits condition) {
    return reinterpret_cast<float_bits>(condition);
}

/// half_to_float of each.
[[gnu::always_inline]] inline vector_data widened(half_bits halves) {
#if defined(__AVX512F__)
    return _mm512_cvtph_ps(reinterpret_cast<__m256i>(halves));
#elif defined(__F16C__)
    return _mm256_cvtph_ps(reinterpret_cast<__m128i>(halves));
#else
    constexpr std::uint32_t exponent_mask = 0x1fU << 23;
    const auto all = __builtin_convertvector(halves, float_bits);
    const float_bits shifted = (all & 0x7fffU) << plait::detail::half_shift;
    const float_bits exponent = shifted & exponent_mask;
    const float_bits normal =
        shifted + plait::detail::half_bias + (where(exponent == exponent_mask) & plait::detail::half_bias);
    const batch<float> raised(std::bit_cast<vector_data>(shifted + plait::detail::least_normal_half));
    const auto subnormal = std::bit_cast<float_bits>((raised - batch<float>(0x1p-14F)).data);
    const float_bits is_subnormal = where(exponent == 0);
    return std::bit_cast<vector_data>((all & 0x8000U) << 16U | (normal & ~is_subnormal) |
                                      (subnormal & is_subnormal));
#endif
}

/// half_from_float of each.
[[gnu::always_inline]] inline half_bits narrowed(vector_data x) {
#if defined(__AVX512F__)
    return reinterpret_cast<half_bits>(_mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
#elif defined(__F16C__)
    return reinterpret_cast<half_bits>(_mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
#else
    const auto all = std::bit_cast<float_bits>(x);
    const auto magnitude = std::bit_cast<signed_bits>(all & 0x7fff'ffffU);
    const auto bits = std::bit_cast<float_bits>(magnitude);
    const batch<float> raised = batch<float>(std::bit_cast<vector_data>(magnitude)) + batch<float>(0.5F);
    const float_bits subnormal = std::bit_cast<float_bits>(raised.data) - std::bit_cast<std::uint32_t>(0.5F);
    const float_bits normal =
        (bits - plait::detail::half_bias + 0xfffU + (bits >> plait::detail::half_shift & 1U)) >>
        plait::detail::half_shift;
    const float_bits is_subnormal =
        where(magnitude < static_cast<std::int32_t>(plait::detail::least_normal_half));
    const float_bits is_large = where(magnitude >= 0x477f'f000);  // 65520
    const float_bits is_nan = where(magnitude > 0x7f80'0000);
    const float_bits number = (subnormal & is_subnormal) | (normal & ~is_subnormal);
    const float_bits made = (number & ~is_large) | (is_large & 0x7c00U) | (is_nan & 0x200U);
    return __builtin_convertvector((all >> 16U & 0x8000U) | made, half_bits);
#endif
}

#endif

}  // namespace detail

/// From any address.
[[gnu::always_inline]] inline batch<float> load_stored(const float* from) { return load_unaligned(from); }
/// The same of halves.
[[gnu::always_inline]] inline batch<float> load_stored(const half* from) {
    detail::half_bits halves;
    std::memcpy(&halves, from, sizeof halves);
    return batch<float>(detail::widened(halves));
}

/// To any address; what is stored.
[[gnu::always_inline]] inline batch<float> store_stored(float* to, batch<float> x) {
    store_unaligned(to, x);
    return x;
}
/// The same as the nearest halves.
[[gnu::always_inline]] inline batch<float> store_stored(half* to, batch<float> x) {
    const detail::half_bits halves = detail::narrowed(x.data);
    std::memcpy(static_cast<void*>(to), &halves, sizeof halves);
    return batch<float>(detail::widened(halves));
}

/// The same of one value.
inline float load_stored_value(const float* from) { return *from; }
/// The same of a half.
inline float load_stored_value(const half* from) { return from->value(); }
/// To memory; what is stored.
inline float store_stored_value(float* to, float x) { return *to = x; }
/// The same as the nearest half.
inline float store_stored_value(half* to, float x) { return (*to = half::nearest(x)).value(); }

}  // namespace plait::inline PLAIT_TARGET::simd
