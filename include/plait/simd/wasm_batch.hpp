// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#if defined(__wasm_simd128__)

#include <wasm_simd128.h>

#include "plait/core/target.hpp"

// The batch of WebAssembly's vectors of 128 bits, for an xsimd that has none: what `simd/batch.hpp` asks of
// xsimd.

namespace plait::inline PLAIT_TARGET::simd::detail::wasm {

/// Four values of 32 bits.
template <class T>
class batch {
    static_assert(sizeof(T) == 4, "batches of WebAssembly are of values of 32 bits");
    using vector [[gnu::vector_size(16)]] = T;
    using bits [[gnu::vector_size(16)]] = int;

    static batch from_bits(bits x) { return batch(reinterpret_cast<vector>(x)); }
    bits as_bits() const { return reinterpret_cast<bits>(data); }

public:
    using value_type = T;
    static constexpr unsigned size = 4;
    vector data;

    batch() = default;
    explicit(false) batch(vector x) : data(x) {}
    explicit(false) batch(T x) : data{x, x, x, x} {}

    [[gnu::always_inline]] static batch load_aligned(const T* from) { return load_unaligned(from); }
    [[gnu::always_inline]] static batch load_unaligned(const T* from) {
        return batch(reinterpret_cast<vector>(wasm_v128_load(from)));
    }
    [[gnu::always_inline]] void store_aligned(T* to) const { store_unaligned(to); }
    [[gnu::always_inline]] void store_unaligned(T* to) const {
        wasm_v128_store(to, reinterpret_cast<v128_t>(data));
    }
    [[gnu::always_inline]] static batch gather(const T* from, batch<int> distances) {
        const auto at = distances.data;
        return batch(vector{from[at[0]], from[at[1]], from[at[2]], from[at[3]]});
    }

    [[gnu::always_inline]] friend batch operator+(batch a, batch b) {
#pragma clang fp reassociate(off)
        return batch(a.data + b.data);
    }
    [[gnu::always_inline]] friend batch operator-(batch a, batch b) {
#pragma clang fp reassociate(off)
        return batch(a.data - b.data);
    }
    [[gnu::always_inline]] friend batch operator*(batch a, batch b) { return batch(a.data * b.data); }
    [[gnu::always_inline]] friend batch operator/(batch a, batch b) { return batch(a.data / b.data); }
    [[gnu::always_inline]] friend batch operator-(batch a) { return batch(-a.data); }
    [[gnu::always_inline]] friend batch operator&(batch a, batch b) {
        return from_bits(a.as_bits() & b.as_bits());
    }
    [[gnu::always_inline]] friend batch operator|(batch a, batch b) {
        return from_bits(a.as_bits() | b.as_bits());
    }
    [[gnu::always_inline]] friend batch operator~(batch a) { return from_bits(~a.as_bits()); }
    /// All bits of a lane where it holds.
    [[gnu::always_inline]] friend batch operator>(batch a, batch b) { return from_bits(a.data > b.data); }
    [[gnu::always_inline]] friend batch operator<(batch a, batch b) { return from_bits(a.data < b.data); }

    [[gnu::always_inline]] batch& operator+=(batch other) { return *this = *this + other; }
    [[gnu::always_inline]] batch& operator-=(batch other) { return *this = *this - other; }
    [[gnu::always_inline]] batch& operator*=(batch other) { return *this = *this * other; }
};

/// a * b + c, rounded once or twice.
[[gnu::always_inline]] inline batch<float> fma(batch<float> a, batch<float> b, batch<float> c) {
#if defined(__wasm_relaxed_simd__)
    const v128_t made = wasm_f32x4_relaxed_madd(
        reinterpret_cast<v128_t>(a.data), reinterpret_cast<v128_t>(b.data), reinterpret_cast<v128_t>(c.data));
    return {reinterpret_cast<decltype(a.data)>(made)};
#else
    return a * b + c;
#endif
}

/// a > b ? a : b, which is one instruction.
[[gnu::always_inline]] inline batch<float> max(batch<float> a, batch<float> b) {
    return {reinterpret_cast<decltype(a.data)>(
        wasm_f32x4_pmax(reinterpret_cast<v128_t>(b.data), reinterpret_cast<v128_t>(a.data)))};
}

/// a < b ? a : b.
[[gnu::always_inline]] inline batch<float> min(batch<float> a, batch<float> b) {
    return {reinterpret_cast<decltype(a.data)>(
        wasm_f32x4_pmin(reinterpret_cast<v128_t>(b.data), reinterpret_cast<v128_t>(a.data)))};
}

/// Lanes of a where the mask's bits are set, of b elsewhere.
template <class T>
[[gnu::always_inline]] inline batch<T> select(batch<T> mask, batch<T> a, batch<T> b) {
    return (a & mask) | (b & ~mask);
}

}  // namespace plait::inline PLAIT_TARGET::simd::detail::wasm

#endif
