// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>

#include "plait/core/precision.hpp"
#include "plait/core/target.hpp"

// Vectors of four bytes a lane, whatever the instruction set. Without vectors there is one lane.

namespace plait::inline PLAIT_TARGET::simd {

/// A vector of packs, or of 32-bit sums.
using dwords [[gnu::vector_size(4 * native_lanes)]] = std::int32_t;
/// The same without a sign.
using unsigned_dwords [[gnu::vector_size(4 * native_lanes)]] = std::uint32_t;
/// The same as floats.
using float_lanes [[gnu::vector_size(4 * native_lanes)]] = float;

/// From any address, of values of four bytes.
[[gnu::always_inline]] inline dwords load_dwords(const void* from) {
    dwords x;
    std::memcpy(&x, from, sizeof x);
    return x;
}
/// To any address.
[[gnu::always_inline]] inline void store_dwords(void* to, dwords x) { std::memcpy(to, &x, sizeof x); }
/// Four bytes as a number.
[[gnu::always_inline]] inline std::int32_t load_dword(const void* from) {
    std::int32_t x = 0;
    std::memcpy(&x, from, sizeof x);
    return x;
}
/// A number in all lanes.
[[gnu::always_inline]] inline dwords spread(std::int32_t x) { return dwords{} + x; }
/// The four bytes at `from` in all lanes.
[[gnu::always_inline]] inline dwords spread_from(const void* from) { return spread(load_dword(from)); }

/// Sums as floats, rounded to the nearest even.
[[gnu::always_inline]] inline float_lanes as_floats(dwords x) {
    return __builtin_convertvector(x, float_lanes);
}

/// Arithmetic of a precision's packs. `parts`: what a vector of packs becomes before it is multiplied, each
/// with a weight of four bytes. `taps`: vectors of packs whose values of one channel are added up together.
template <precision Precision>
struct dot;

}  // namespace plait::inline PLAIT_TARGET::simd
