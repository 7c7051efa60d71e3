// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>

#include "plait/core/target.hpp"

// The batch where there is no vector unit: what `simd/batch.hpp` asks of xsimd, of one value.

namespace plait::inline PLAIT_TARGET::simd::one_lane {

/// One value of 32 bits.
template <class T>
class batch {
    static_assert(sizeof(T) == sizeof(unsigned));

    [[gnu::always_inline]] static batch from_bits(unsigned x) { return batch(std::bit_cast<T>(x)); }
    [[gnu::always_inline]] unsigned bits() const { return std::bit_cast<unsigned>(data); }

public:
    using value_type = T;
    static constexpr unsigned size = 1;
    T data;

    batch() = default;
    [[gnu::always_inline]] explicit batch(T x) : data(x) {}

    /// From an address that is aligned, as every address is for one lane.
    [[gnu::always_inline]] static batch load_aligned(const T* from) { return batch(*from); }
    /// From any address.
    [[gnu::always_inline]] static batch load_unaligned(const T* from) { return batch(*from); }
    /// To an address that is aligned.
    [[gnu::always_inline]] void store_aligned(T* to) const { *to = data; }
    /// To any address.
    [[gnu::always_inline]] void store_unaligned(T* to) const { *to = data; }
    /// The value so far from `from`.
    [[gnu::always_inline]] static batch gather(const T* from, batch<int> distance) {
        return batch(from[distance.data]);
    }

    [[gnu::always_inline]] friend batch operator+(batch a, batch b) { return batch(a.data + b.data); }
    [[gnu::always_inline]] friend batch operator-(batch a, batch b) { return batch(a.data - b.data); }
    [[gnu::always_inline]] friend batch operator*(batch a, batch b) { return batch(a.data * b.data); }
    [[gnu::always_inline]] friend batch operator/(batch a, batch b) { return batch(a.data / b.data); }
    [[gnu::always_inline]] friend batch operator-(batch a) { return batch(-a.data); }
    [[gnu::always_inline]] friend batch operator&(batch a, batch b) { return from_bits(a.bits() & b.bits()); }
    [[gnu::always_inline]] friend batch operator|(batch a, batch b) { return from_bits(a.bits() | b.bits()); }
    [[gnu::always_inline]] friend batch operator~(batch a) { return from_bits(~a.bits()); }
    /// All bits where it holds.
    [[gnu::always_inline]] friend batch operator>(batch a, batch b) {
        return from_bits(a.data > b.data ? ~0U : 0U);
    }
    [[gnu::always_inline]] friend batch operator<(batch a, batch b) {
        return from_bits(a.data < b.data ? ~0U : 0U);
    }

    [[gnu::always_inline]] batch& operator+=(batch other) { return *this = *this + other; }
    [[gnu::always_inline]] batch& operator-=(batch other) { return *this = *this - other; }
    [[gnu::always_inline]] batch& operator*=(batch other) { return *this = *this * other; }
};

/// a * b + c, rounded once where one instruction does it.
[[gnu::always_inline]] inline batch<float> fma(batch<float> a, batch<float> b, batch<float> c) {
#if defined(__FP_FAST_FMAF)
    return batch<float>(__builtin_fmaf(a.data, b.data, c.data));
#else
    return a * b + c;
#endif
}

/// a > b ? a : b.
template <class T>
[[gnu::always_inline]] inline batch<T> max(batch<T> a, batch<T> b) {
    return a.data > b.data ? a : b;
}

/// a < b ? a : b.
template <class T>
[[gnu::always_inline]] inline batch<T> min(batch<T> a, batch<T> b) {
    return a.data < b.data ? a : b;
}

/// a where the mask's bits are set, else b.
template <class T>
[[gnu::always_inline]] inline batch<T> select(batch<T> mask, batch<T> a, batch<T> b) {
    return (a & mask) | (b & ~mask);
}

/// a if `Index` is 0, b if it is 1.
template <int Index, class T>
[[gnu::always_inline]] inline batch<T> pick(batch<T> a, batch<T> b) {
    static_assert(Index == 0 || Index == 1);
    return Index == 0 ? a : b;
}

}  // namespace plait::inline PLAIT_TARGET::simd::one_lane
