// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include <xsimd/xsimd.hpp>

#include "plait/core/target.hpp"

// The one place that includes xsimd. Everything takes and gives the batch of the best instruction set that
// the compiler's flags allow.

/// Before a loop of constant trip count whose arrays are to become registers.
#if defined(__clang__)
#define PLAIT_UNROLL _Pragma("clang loop unroll(full)")
#define PLAIT_UNROLL_BY_4 _Pragma("clang loop unroll_count(4)")
#else
#define PLAIT_UNROLL _Pragma("GCC unroll 64")
#define PLAIT_UNROLL_BY_4 _Pragma("GCC unroll 4")
#endif

namespace plait::inline PLAIT_TARGET::simd {

template <class T>
using batch = xsimd::batch<T>;

template <class T>
inline constexpr int lanes = static_cast<int>(batch<T>::size);

static_assert(lanes<float> == native_lanes, "xsimd and the compiler's flags disagree on the instruction set");

template <class T>
[[gnu::always_inline]] inline batch<T> load(const T* from) {
    return batch<T>::load_aligned(from);
}

template <class T>
[[gnu::always_inline]] inline batch<T> load_unaligned(const T* from) {
    return batch<T>::load_unaligned(from);
}

template <class T>
[[gnu::always_inline]] inline void store(T* to, batch<T> x) {
    x.store_aligned(to);
}

template <class T>
[[gnu::always_inline]] inline void store_unaligned(T* to, batch<T> x) {
    x.store_unaligned(to);
}

/// Keeps a loaded value in a register: g++ 12 else makes the load a memory operand of every use.
template <class T>
[[gnu::always_inline]] inline batch<T> pinned(batch<T> x) {
#if defined(__clang__) || !defined(__GNUC__)
    return x;
#elif defined(__AVX512F__)
    asm("" : "+v"(x.data));
    return x;
#elif defined(__SSE2__)
    asm("" : "+x"(x.data));
    return x;
#elif defined(__aarch64__)
    asm("" : "+w"(x.data));
    return x;
#else
    return x;
#endif
}

/// A constant in all lanes, made where it is used: g++ 12 else keeps it in a register over the loops before,
/// where a tile needs all registers for its sums.
template <class T>
[[gnu::always_inline]] inline batch<T> made_here(T constant) {
#if defined(__GNUC__) && !defined(__clang__)
    asm volatile("" : "+m"(constant));
#endif
    return batch<T>(constant);
}

/// a * b + c, rounded once where the machine can.
template <class T>
[[gnu::always_inline]] inline batch<T> multiply_add(batch<T> a, batch<T> b, batch<T> c) {
    return xsimd::fma(a, b, c);
}

/// The larger of a and b; b where either is not a number.
template <class T>
[[gnu::always_inline]] inline batch<T> maximum(batch<T> a, batch<T> b) {
#if defined(__AVX512F__) && defined(__GNUC__) && !defined(__clang__)
    // g++ 12 warns of its own intrinsic; hiding a constant lets it see one vmaxps here.
    const batch<T> x = pinned(a);
    return batch<T>(x.data > b.data ? x.data : b.data);
#else
    return xsimd::max(a, b);
#endif
}

/// Lanes of x where the mask's bits are set, of y elsewhere.
template <class T>
[[gnu::always_inline]] inline batch<T> select_bits(batch<T> mask, batch<T> x, batch<T> y) {
    return (x & mask) | (y & ~mask);
}

template <class T>
[[gnu::always_inline]] inline T sum_of_lanes(batch<T> x) {
    alignas(cache_line_bytes) T values[lanes<T>];
    store(values, x);
    // A tree, so that the order of additions is the same on every machine with as many lanes.
    for (int half = lanes<T> / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; ++i) values[i] += values[i + half];
    }
    return values[0];
}

/// Lane i of the result is lane `Indices[i]` of a and b, one after the other.
template <int... Indices, class T>
[[gnu::always_inline]] inline batch<T> permute(batch<T> a, batch<T> b) {
    return batch<T>(__builtin_shufflevector(a.data, b.data, Indices...));
}

namespace detail {

template <class Index, class T, int... I>
[[gnu::always_inline]] inline batch<T> permute_lanes(Index, batch<T> a, batch<T> b,
                                                     std::integer_sequence<int, I...>) {
    return permute<Index{}(I)...>(a, b);
}

}  // namespace detail

/// The same with the indices as a constexpr function of the lane.
template <class Index, class T>
[[gnu::always_inline]] inline batch<T> permute_by(Index index, batch<T> a, batch<T> b) {
    return detail::permute_lanes(index, a, b, std::make_integer_sequence<int, lanes<T>>{});
}

/// The lanes of a and b, one after the other, from lane `Begin` on.
template <int Begin, class T>
[[gnu::always_inline]] inline batch<T> window(batch<T> a, batch<T> b) {
    return permute_by(
        [](int lane) constexpr { return lane + Begin; }, a, b);
}

template <class T>
[[gnu::always_inline]] inline batch<T> even_lanes(batch<T> a, batch<T> b) {
    return permute_by(
        [](int lane) constexpr { return 2 * lane; }, a, b);
}

template <class T>
[[gnu::always_inline]] inline batch<T> odd_lanes(batch<T> a, batch<T> b) {
    return permute_by(
        [](int lane) constexpr { return 2 * lane + 1; }, a, b);
}

namespace detail {

template <int Distance, class T>
[[gnu::always_inline]] inline void exchange(batch<T>& a, batch<T>& b) {
    constexpr auto to_first = [](int lane) constexpr {
        return lane & Distance ? lanes<T> + lane - Distance : lane;
    };
    constexpr auto to_second = [](int lane) constexpr {
        return lane & Distance ? lanes<T> + lane : lane + Distance;
    };
    const batch<T> first = simd::permute_by(to_first, a, b);
    b = simd::permute_by(to_second, a, b);
    a = first;
}

}  // namespace detail

/// rows[i] lane j becomes rows[j] lane i.
template <int Distance = 1, class T>
[[gnu::always_inline]] inline void transpose(batch<T> (&rows)[lanes<T>]) {
    if constexpr (Distance < lanes<T>) {
        PLAIT_UNROLL
        for (int i = 0; i < lanes<T>; ++i) {
            if (!(i & Distance)) detail::exchange<Distance>(rows[i], rows[i + Distance]);
        }
        transpose<2 * Distance>(rows);
    }
}

}  // namespace plait::inline PLAIT_TARGET::simd
