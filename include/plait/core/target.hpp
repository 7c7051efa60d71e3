// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target_name.hpp"

static_assert(
    __FINITE_MATH_ONLY__ == 0,
    "Plait tells numbers from NaN and infinity: of -ffast-math, -Ofast and -ffinite-math-only, each needs "
    "-fno-finite-math-only after it");

#if defined(__wasm__) && !defined(__wasm_simd128__)
#error "Plait's vectors need WebAssembly's: the flag -msimd128 was expected"
#endif

namespace plait::inline PLAIT_TARGET {

/// The level of the instruction set that the compiler's flags select, such as "avx2".
inline constexpr const char* native_level = PLAIT_TEXT(PLAIT_LEVEL);

/// The level, and how the flags differ from it, such as "avx2", "avx512 +AVX512VNNI +GFNI" or "avx2 -BMI
/// -BMI2".
inline constexpr const char* native_target = PLAIT_TARGET_WORDS;

namespace detail {

/// Whether the flags let the compiler use what a processor of the level need not have.
inline constexpr bool exceeds_level = PLAIT_EXCEEDS_LEVEL;

}  // namespace detail

/// Whether there is a vector unit. Where there is none a batch is one value, in planes as in groups.
inline constexpr bool has_vector_unit = PLAIT_HAS_VECTORS;

/// Floats in one vector register of the instruction set that the compiler's flags select.
/// `simd/` asserts that xsimd agrees.
#if !PLAIT_HAS_VECTORS
inline constexpr int native_lanes = 1;
#elif defined(__AVX512F__)
inline constexpr int native_lanes = 16;
#elif defined(__AVX__)
inline constexpr int native_lanes = 8;
#else
inline constexpr int native_lanes = 4;
#endif

/// Vector registers that a kernel may keep sums in. Without vectors it is what the floating-point units of
/// microcontrollers have, whatever the processor, so that weights are packed alike for all.
#if !PLAIT_HAS_VECTORS || defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int native_registers = 32;
#elif defined(__wasm__)
inline constexpr int native_registers =
    15;  // of the 16 of an x86-64 processor browsers keep one for themselves
#else
inline constexpr int native_registers = 16;
#endif

/// Whether one instruction multiplies and adds. Else a product needs a register of its own.
#if !PLAIT_HAS_VECTORS || defined(__FMA__) || defined(__aarch64__) || defined(__wasm_relaxed_simd__)
inline constexpr bool native_multiply_add = true;
#else
inline constexpr bool native_multiply_add = false;
#endif

/// Tensors, workspaces and packed weights begin at multiples of this address.
inline constexpr int cache_line_bytes = 64;

}  // namespace plait::inline PLAIT_TARGET
