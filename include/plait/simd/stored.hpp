// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstring>

#include "plait/core/bfloat16.hpp"
#include "plait/simd/batch.hpp"

// Vectors of floats from memory that keeps floats or the upper halves of them.

namespace plait::inline PLAIT_TARGET::simd {

namespace detail {

using float_bits [[gnu::vector_size(sizeof(float) * lanes<float>)]] = std::uint32_t;
using signed_bits [[gnu::vector_size(sizeof(float) * lanes<float>)]] = std::int32_t;
using half_bits [[gnu::vector_size(sizeof(float) * lanes<float> / 2)]] = std::uint16_t;

}  // namespace detail

/// From any address.
[[gnu::always_inline]] inline batch<float> load_stored(const float* from) { return load_unaligned(from); }
/// The same of upper halves.
[[gnu::always_inline]] inline batch<float> load_stored(const bfloat16* from) {
    detail::half_bits halves;
    std::memcpy(&halves, from, sizeof halves);
    const detail::float_bits bits = __builtin_convertvector(halves, detail::float_bits) << 16U;
    return batch<float>(std::bit_cast<decltype(batch<float>(0.0F).data)>(bits));
}

/// To any address; what is stored.
[[gnu::always_inline]] inline batch<float> store_stored(float* to, batch<float> x) {
    store_unaligned(to, x);
    return x;
}
/// The same as the nearest upper halves.
[[gnu::always_inline]] inline batch<float> store_stored(bfloat16* to, batch<float> x) {
    using namespace detail;
    const auto all = std::bit_cast<float_bits>(x.data);
    const float_bits rounded = all + 0x7fffU + (all >> 16U & 1U);
    const auto magnitude = all & 0x7fff'ffffU;
    const auto is_number = reinterpret_cast<float_bits>(std::bit_cast<signed_bits>(magnitude) <= 0x7f80'0000);
    const float_bits bits = ((rounded & is_number) | (~is_number & 0x7fc0'0000U)) & 0xffff'0000U;
    const half_bits halves = __builtin_convertvector(bits >> 16U, half_bits);
    std::memcpy(static_cast<void*>(to), &halves, sizeof halves);
    return batch<float>(std::bit_cast<decltype(x.data)>(bits));
}

/// The same of one value.
inline float load_stored_value(const float* from) { return *from; }
/// The same of an upper half.
inline float load_stored_value(const bfloat16* from) { return from->value(); }
/// To memory; what is stored.
inline float store_stored_value(float* to, float x) { return *to = x; }
/// The same as the nearest upper half.
inline float store_stored_value(bfloat16* to, float x) { return (*to = bfloat16::nearest(x)).value(); }

}  // namespace plait::inline PLAIT_TARGET::simd
