// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What the compiler's flags let it use. Everything in `plait` lies in an inline namespace PLAIT_TARGET, so
// that what was compiled with other flags is something else to the linker.

/// Whether there is a vector unit that Plait has a batch for. PLAIT_SCALAR does without on any processor:
/// what packs weights for one that has none runs where others are built.
#if !defined(PLAIT_SCALAR) && \
    (defined(__SSE2__) || defined(__aarch64__) || defined(__ARM_NEON) || defined(__wasm_simd128__))
#define PLAIT_HAS_VECTORS 1
#else
#define PLAIT_HAS_VECTORS 0
#endif

/// The level of the instruction set, which is all that plans, kernels and dispatch ask for.
#if !PLAIT_HAS_VECTORS
#define PLAIT_LEVEL scalar
#elif defined(__AVX512F__)
#define PLAIT_LEVEL avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define PLAIT_LEVEL avx2
#elif defined(__AVX__)
#define PLAIT_LEVEL avx
#elif defined(__SSE4_2__)
#define PLAIT_LEVEL sse4_2
#elif defined(__aarch64__)
#define PLAIT_LEVEL neon
#elif defined(__wasm_simd128__) && defined(__wasm_relaxed_simd__)
#define PLAIT_LEVEL wasm_relaxed
#elif defined(__wasm_simd128__)
#define PLAIT_LEVEL wasm
#else
#define PLAIT_LEVEL baseline
#endif

#define PLAIT_TEXT_OF(name) #name
#define PLAIT_TEXT(name) PLAIT_TEXT_OF(name)
#define PLAIT_CALL(macro, ...) macro(__VA_ARGS__)
#define PLAIT_PASTE_OF(first, second) first##second
#define PLAIT_PASTE(first, second) PLAIT_PASTE_OF(first, second)

// PLAIT_HAS(MACRO): 1 where the compiler defines it as 1, else 0.
#define PLAIT_HAS(value) PLAIT_HAS_VALUE(value)
#define PLAIT_HAS_VALUE(value) PLAIT_HAS_PROBED(PLAIT_PROBE_##value)
#define PLAIT_HAS_PROBED(probe) PLAIT_SECOND(probe, 0, ~)
#define PLAIT_SECOND(first, second, ...) second
#define PLAIT_PROBE_1 ~, 1
#define PLAIT_LACKS(macro) PLAIT_PASTE(PLAIT_NOT_, PLAIT_HAS(macro))
#define PLAIT_NOT_0 1
#define PLAIT_NOT_1 0
#define PLAIT_TEXT_IF(bit, text) PLAIT_PASTE(PLAIT_TEXT_IF_, bit)(text)
#define PLAIT_TEXT_IF_0(text)
#define PLAIT_TEXT_IF_1(text) text

// A feature or mode by name, as a bit or in words. Nothing but # and ## touches a name: it may be a user's
// macro.
#if defined(__aarch64__)
#define PLAIT_BIT(name) PLAIT_HAS(__ARM_FEATURE_##name),
#define PLAIT_WORD(name) PLAIT_TEXT_IF(PLAIT_HAS(__ARM_FEATURE_##name), " +" #name)
#else
#define PLAIT_BIT(name) PLAIT_HAS(__##name##__),
#define PLAIT_WORD(name) PLAIT_TEXT_IF(PLAIT_HAS(__##name##__), " +" #name)
#endif
#define PLAIT_MISSING_BIT(name) PLAIT_LACKS(__##name##__),
#define PLAIT_MISSING_WORD(name) PLAIT_TEXT_IF(PLAIT_LACKS(__##name##__), " -" #name)
#define PLAIT_MODE_BIT(name) PLAIT_HAS(__##name##__),
#define PLAIT_MODE_WORD(name) PLAIT_TEXT_IF(PLAIT_HAS(__##name##__), " +" #name)

// Three features are an octal digit: short, and no macro of a user's.
#define PLAIT_OCTAL_000 0
#define PLAIT_OCTAL_001 1
#define PLAIT_OCTAL_010 2
#define PLAIT_OCTAL_011 3
#define PLAIT_OCTAL_100 4
#define PLAIT_OCTAL_101 5
#define PLAIT_OCTAL_110 6
#define PLAIT_OCTAL_111 7
#define PLAIT_DIGIT(a, b, c) PLAIT_OCTAL_##a##b##c
#define PLAIT_DIGITS_2(a, b, c, d, e, f, ...) PLAIT_PASTE(PLAIT_DIGIT(a, b, c), PLAIT_DIGIT(d, e, f))
#define PLAIT_DIGITS_4(a, b, c, d, e, f, ...) \
    PLAIT_PASTE(PLAIT_DIGITS_2(a, b, c, d, e, f, ~), PLAIT_DIGITS_2(__VA_ARGS__))
#define PLAIT_DIGITS_6(a, b, c, d, e, f, ...) \
    PLAIT_PASTE(PLAIT_DIGITS_2(a, b, c, d, e, f, ~), PLAIT_DIGITS_4(__VA_ARGS__))

// All features that a compiler may use for C++, or that Plait could call. `tests/target_names.py` lists
// what is left out, which takes a call by its name, and fails on what is in neither list.
// clang-format off
#if defined(__aarch64__)
#define PLAIT_V2_FEATURES(of)
#define PLAIT_V3_FEATURES(of)
#define PLAIT_V4_FEATURES(of)
#define PLAIT_USUAL_FEATURES(of)                                                                     \
    of(DOTPROD) of(MATMUL_INT8) of(FP16_VECTOR_ARITHMETIC)                                           \
    of(FP16_SCALAR_ARITHMETIC) of(FP16_FML) of(BF16)                                                 \
    of(BF16_VECTOR_ARITHMETIC) of(BF16_SCALAR_ARITHMETIC) of(ATOMICS)                                \
    of(QRDMX) of(CRC32) of(COMPLEX)                                                                  \
    of(JCVT) of(FRINT) of(RCPC)                                                                      \
    of(CRYPTO) of(AES) of(SHA2)
#define PLAIT_NEWER_FEATURES(of)                                                                     \
    of(SVE) of(SVE2) of(SVE_BF16)                                                                    \
    of(SVE_MATMUL_INT8) of(SVE_MATMUL_FP32) of(SVE_MATMUL_FP64)                                      \
    of(SVE2_AES) of(SVE2_BITPERM) of(SVE2_SHA3)                                                      \
    of(SVE2_SM4) of(SHA3) of(SHA512)                                                                 \
    of(SM3) of(SM4) of(MOPS)                                                                         \
    of(SME) of(SME2) of(LS64)
#define PLAIT_COMING_FEATURES(of)                                                                    \
    of(SVE2p1) of(SVE_B16B16) of(SME2p1)                                                             \
    of(SME_F16F16) of(SME_B16B16) of(SME_I16I64)                                                     \
    of(SME_F64F64) of(SME_LUTv2) of(LUT)                                                             \
    of(FAMINMAX) of(FP8) of(FP8FMA)                                                                  \
    of(FP8DOT2) of(FP8DOT4) of(SSVE_FP8FMA)                                                          \
    of(CSSC) of(LSE128) of(RCPC3)
#define PLAIT_RARE_FEATURES(of)                                                                      \
    of(SSVE_FP8DOT2) of(SSVE_FP8DOT4) of(SME_F8F16)                                                  \
    of(SME_F8F32) of(SVE2p2) of(SME2p2)                                                              \
    of(SVE_AES2) of(SSVE_AES) of(SSVE_BITPERM)                                                       \
    of(CMPBR) of(FPRCVT) of(F8F32MM)
#else
#define PLAIT_V2_FEATURES(of) of(SSE3) of(SSSE3) of(SSE4_1) of(SSE4_2) of(CRC32) of(POPCNT)
#define PLAIT_V3_FEATURES(of) of(AVX2) of(FMA) of(F16C) of(BMI) of(BMI2) of(LZCNT) of(MOVBE)
#define PLAIT_V4_FEATURES(of) of(AVX512CD) of(AVX512BW) of(AVX512DQ) of(AVX512VL)
#define PLAIT_USUAL_FEATURES(of)                                                                     \
    of(AVX512VNNI) of(AVX512BF16) of(AVX512FP16)                                                     \
    of(AVX512VBMI) of(AVX512VBMI2) of(AVX512IFMA)                                                    \
    of(AVX512BITALG) of(AVX512VPOPCNTDQ) of(AVX512VP2INTERSECT)                                      \
    of(GFNI) of(VAES) of(VPCLMULQDQ)                                                                 \
    of(AES) of(PCLMUL) of(SHA)                                                                       \
    of(ADX) of(PRFCHW) of(SSE4A)
#define PLAIT_NEWER_FEATURES(of)                                                                     \
    of(AVXVNNI) of(AVXVNNIINT8) of(AVXVNNIINT16)                                                     \
    of(AVXIFMA) of(AVXNECONVERT) of(CMPCCXADD)                                                       \
    of(SHA512) of(SM3) of(SM4)                                                                       \
    of(AMX_TILE) of(AMX_INT8) of(AMX_BF16)                                                           \
    of(AMXTILE) of(AMXINT8) of(AMXBF16) /* as clang 14 spells them */                                \
    of(AMX_FP16) of(AMX_COMPLEX) of(PREFETCHI)
#define PLAIT_COMING_FEATURES(of)                                                                    \
    of(AVX10_1) of(AVX10_1_512) of(AVX10_2)                                                          \
    of(AMX_FP8) of(AMX_TF32) of(AMX_AVX512)                                                          \
    of(AMX_TRANSPOSE) of(AMX_MOVRS) of(MOVRS)                                                        \
    of(APX_F) of(EGPR) of(PUSH2POP2)                                                                 \
    of(PPX) of(NDD) of(CCMP)                                                                         \
    of(CF) of(NF) of(ZU)
#define PLAIT_RARE_FEATURES(of)                                                                      \
    of(FMA4) of(XOP) of(TBM)                                                                         \
    of(LWP) of(3dNOW) of(3dNOW_A)                                                                    \
    of(PREFETCHWT1) of(AVX512ER) of(AVX512PF)                                                        \
    of(AVX5124FMAPS) of(AVX5124VNNIW) of(AVX10_2_512)
#endif
// clang-format on

// What changes the values that arithmetic gives, as far as compilers say it.
#define PLAIT_MODES(of)                                                                             \
    of(FINITE_MATH_ONLY) of(ASSOCIATIVE_MATH) of(RECIPROCAL_MATH) of(FAST_MATH) of(NO_SIGNED_ZEROS) \
        of(ROUNDING_MATH)

// Of a level's own features the name tells which are missing; of others, which are there.
#if defined(__SSE4_2__)
#define PLAIT_V2_BIT PLAIT_MISSING_BIT
#define PLAIT_V2_WORD PLAIT_MISSING_WORD
#else
#define PLAIT_V2_BIT PLAIT_BIT
#define PLAIT_V2_WORD PLAIT_WORD
#endif
#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
#define PLAIT_V3_BIT PLAIT_MISSING_BIT
#define PLAIT_V3_WORD PLAIT_MISSING_WORD
#else
#define PLAIT_V3_BIT PLAIT_BIT
#define PLAIT_V3_WORD PLAIT_WORD
#endif
#if defined(__AVX512F__)
#define PLAIT_V4_BIT PLAIT_MISSING_BIT
#define PLAIT_V4_WORD PLAIT_MISSING_WORD
#else
#define PLAIT_V4_BIT PLAIT_BIT
#define PLAIT_V4_WORD PLAIT_WORD
#endif

#define PLAIT_USUAL_DIGITS PLAIT_CALL(PLAIT_DIGITS_6, PLAIT_USUAL_FEATURES(PLAIT_BIT) ~)
#define PLAIT_NEWER_DIGITS PLAIT_CALL(PLAIT_DIGITS_6, PLAIT_NEWER_FEATURES(PLAIT_BIT) ~)
#define PLAIT_COMING_DIGITS PLAIT_CALL(PLAIT_DIGITS_6, PLAIT_COMING_FEATURES(PLAIT_BIT) ~)
#define PLAIT_RARE_DIGITS PLAIT_CALL(PLAIT_DIGITS_4, PLAIT_RARE_FEATURES(PLAIT_BIT) ~)
#define PLAIT_MODE_DIGITS PLAIT_CALL(PLAIT_DIGITS_2, PLAIT_MODES(PLAIT_MODE_BIT) ~)
#if defined(__aarch64__)
#define PLAIT_V2_DIGITS 0
#define PLAIT_V3_DIGITS 0
#else
#define PLAIT_V2_DIGITS PLAIT_CALL(PLAIT_DIGITS_2, PLAIT_V2_FEATURES(PLAIT_V2_BIT) ~)
#define PLAIT_V3_DIGITS \
    PLAIT_CALL(PLAIT_DIGITS_4, PLAIT_V3_FEATURES(PLAIT_V3_BIT) PLAIT_V4_FEATURES(PLAIT_V4_BIT) 0, ~)
#endif

// What a level's name does not say, each part only where it is not all zeros.
#if PLAIT_USUAL_DIGITS
#define PLAIT_WITH_USUAL PLAIT_PASTE(PLAIT_PASTE(PLAIT_LEVEL, _x), PLAIT_USUAL_DIGITS)
#else
#define PLAIT_WITH_USUAL PLAIT_LEVEL
#endif
#if PLAIT_NEWER_DIGITS
#define PLAIT_WITH_NEWER PLAIT_PASTE(PLAIT_PASTE(PLAIT_WITH_USUAL, _y), PLAIT_NEWER_DIGITS)
#else
#define PLAIT_WITH_NEWER PLAIT_WITH_USUAL
#endif
#if PLAIT_COMING_DIGITS || PLAIT_RARE_DIGITS
#define PLAIT_WITH_RARE \
    PLAIT_PASTE(PLAIT_PASTE(PLAIT_WITH_NEWER, _z), PLAIT_PASTE(PLAIT_RARE_DIGITS, PLAIT_COMING_DIGITS))
#else
#define PLAIT_WITH_RARE PLAIT_WITH_NEWER
#endif
#if PLAIT_V2_DIGITS || PLAIT_V3_DIGITS
#define PLAIT_WITH_LEVEL \
    PLAIT_PASTE(PLAIT_PASTE(PLAIT_WITH_RARE, _v), PLAIT_PASTE(PLAIT_V3_DIGITS, PLAIT_V2_DIGITS))
#else
#define PLAIT_WITH_LEVEL PLAIT_WITH_RARE
#endif
#if PLAIT_MODE_DIGITS
#define PLAIT_WITH_MODES PLAIT_PASTE(PLAIT_PASTE(PLAIT_WITH_LEVEL, _m), PLAIT_MODE_DIGITS)
#else
#define PLAIT_WITH_MODES PLAIT_WITH_LEVEL
#endif

/// The level, and in digits all that it does not say: `avx2` is x86-64-v3, `avx512_x050000` AVX-512 with BF16
/// and VBMI. `baseline`, `sse4_2`, `avx2` and `avx512` alone are x86-64, -v2, -v3 and -v4, `neon` is armv8-a,
/// and `wasm` and `wasm_relaxed` are WebAssembly with vectors of 128 bits, of which a module needs what any
/// of its functions uses, so that no other feature is told.
#if defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS > 0
#define PLAIT_TARGET PLAIT_PASTE(PLAIT_PASTE(PLAIT_WITH_MODES, _bits), __ARM_FEATURE_SVE_BITS)
#else
#define PLAIT_TARGET PLAIT_WITH_MODES
#endif

/// The same in words: "avx512 +AVX512BF16 +AVX512VBMI".
#define PLAIT_TARGET_WORDS           \
    PLAIT_TEXT(PLAIT_LEVEL)          \
    PLAIT_V2_FEATURES(PLAIT_V2_WORD) \
    PLAIT_V3_FEATURES(PLAIT_V3_WORD) \
    PLAIT_V4_FEATURES(PLAIT_V4_WORD) \
    PLAIT_USUAL_FEATURES(PLAIT_WORD) \
    PLAIT_NEWER_FEATURES(PLAIT_WORD) \
    PLAIT_COMING_FEATURES(PLAIT_WORD) PLAIT_RARE_FEATURES(PLAIT_WORD) PLAIT_MODES(PLAIT_MODE_WORD)

/// Whether there is a feature that is not of the level.
#if PLAIT_USUAL_DIGITS || PLAIT_NEWER_DIGITS || PLAIT_COMING_DIGITS || PLAIT_RARE_DIGITS || \
    (!defined(__SSE4_2__) && PLAIT_V2_DIGITS) ||                                            \
    (!defined(__AVX512F__) && !(defined(__AVX2__) && defined(__FMA__)) && PLAIT_V3_DIGITS)
#define PLAIT_EXCEEDS_LEVEL true
#else
#define PLAIT_EXCEEDS_LEVEL false
#endif
