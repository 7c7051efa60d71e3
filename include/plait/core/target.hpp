// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace plait {

/// Floats in one vector register of the instruction set that the compiler's flags select.
/// `simd/` asserts that xsimd agrees.
#if defined(__AVX512F__)
inline constexpr int native_lanes = 16;
#elif defined(__AVX__)
inline constexpr int native_lanes = 8;
#else
inline constexpr int native_lanes = 4;
#endif

/// Vector registers that a kernel may keep sums in.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int native_registers = 32;
#else
inline constexpr int native_registers = 16;
#endif

inline constexpr int cache_line_bytes = 64;

}  // namespace plait
