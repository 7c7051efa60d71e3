// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// The instruction set that the compiler's flags select. Everything in `plait` lies in an inline namespace of
/// that name, so that what was compiled with other flags is something else to the linker.
#if defined(__AVX512F__)
#define PLAIT_TARGET avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define PLAIT_TARGET avx2
#elif defined(__AVX__)
#define PLAIT_TARGET avx
#elif defined(__SSE4_2__)
#define PLAIT_TARGET sse4_2
#elif defined(__aarch64__)
#define PLAIT_TARGET neon
#else
#define PLAIT_TARGET baseline
#endif

static_assert(
    __FINITE_MATH_ONLY__ == 0,
    "Plait tells numbers from NaN and infinity: of -ffast-math, -Ofast and -ffinite-math-only, each needs "
    "-fno-finite-math-only after it");

#define PLAIT_TEXT_OF(name) #name
#define PLAIT_TEXT(name) PLAIT_TEXT_OF(name)

namespace plait::inline PLAIT_TARGET {

/// The instruction set that the compiler's flags select, such as "avx2".
inline constexpr const char* native_target = PLAIT_TEXT(PLAIT_TARGET);

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

/// Whether one instruction multiplies and adds. Else a product needs a register of its own.
#if defined(__FMA__) || defined(__aarch64__)
inline constexpr bool native_multiply_add = true;
#else
inline constexpr bool native_multiply_add = false;
#endif

/// Tensors, workspaces and packed weights begin at multiples of this address.
inline constexpr int cache_line_bytes = 64;

}  // namespace plait::inline PLAIT_TARGET
