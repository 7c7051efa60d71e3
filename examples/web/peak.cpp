// SPDX-License-Identifier: BSD-3-Clause
// How many multiply-adds a second this browser can do in vectors of 128 bits: independent chains in
// registers.
#include <wasm_simd128.h>

namespace {

constexpr int chains = 12;

v128_t multiply_add(v128_t a, v128_t b, v128_t c) {
#if defined(__wasm_relaxed_simd__)
    return wasm_f32x4_relaxed_madd(a, b, c);
#else
    return wasm_f32x4_add(wasm_f32x4_mul(a, b), c);
#endif
}

}  // namespace

/// 48 multiply-adds `turns` times.
extern "C" [[clang::export_name("turn")]] float turn(int turns, float small) {
    v128_t sum[chains];
    for (int i = 0; i < chains; ++i) sum[i] = wasm_f32x4_splat(small * static_cast<float>(i));
    const v128_t a = wasm_f32x4_splat(small);
    const v128_t b = wasm_f32x4_splat(1 - small);
    for (int k = 0; k < turns; ++k) {
#pragma clang loop unroll(full)
        for (int i = 0; i < chains; ++i) sum[i] = multiply_add(sum[i], b, a);
    }
    v128_t all = sum[0];
    for (int i = 1; i < chains; ++i) all = wasm_f32x4_add(all, sum[i]);
    return wasm_f32x4_extract_lane(all, 0);
}
