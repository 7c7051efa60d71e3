// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstddef>
#include <utility>

#include "plait/core/target.hpp"

#if PLAIT_HAS_VECTORS
#include <xsimd/xsimd.hpp>
#endif

#if !PLAIT_HAS_VECTORS
#include "plait/simd/scalar_batch.hpp"
#elif defined(__wasm_simd128__) && !XSIMD_WITH_WASM
#include "plait/simd/wasm_batch.hpp"
#endif

// The one place that includes xsimd. Everything takes and gives the batch of the best instruction set that
// the compiler's flags allow.

/// Before a loop of constant trip count whose arrays are to become registers.
#if defined(__wasm__)
#define PLAIT_UNROLL _Pragma("clang loop unroll(full)")
/// Before a loop of which four turns are to be one. In WebAssembly Clang would mix the turns, whose values
/// then fill more registers than there are.
#define PLAIT_UNROLL_BY_4 _Pragma("clang loop unroll(disable)")
#elif defined(__clang__)
#define PLAIT_UNROLL _Pragma("clang loop unroll(full)")
/// Before a loop of which four turns are to be one.
#define PLAIT_UNROLL_BY_4 _Pragma("clang loop unroll_count(4)")
#else
#define PLAIT_UNROLL _Pragma("GCC unroll 64")
#define PLAIT_UNROLL_BY_4 _Pragma("GCC unroll 4")
#endif

namespace plait::inline PLAIT_TARGET::simd {

namespace detail {

#if !PLAIT_HAS_VECTORS
namespace library = one_lane;
#elif defined(__wasm_simd128__) && !XSIMD_WITH_WASM
namespace library = wasm;
#else
namespace library = xsimd;
#endif

}  // namespace detail

/// One vector register.
template <class T>
using batch = detail::library::batch<T>;

/// Values in one vector.
template <class T>
inline constexpr int lanes = static_cast<int>(batch<T>::size);

static_assert(lanes<float> == native_lanes, "xsimd and the compiler's flags disagree on the instruction set");

/// From an address that a vector's size divides.
template <class T>
[[gnu::always_inline]] inline batch<T> load(const T* from) {
    return batch<T>::load_aligned(from);
}

/// From any address.
template <class T>
[[gnu::always_inline]] inline batch<T> load_unaligned(const T* from) {
    return batch<T>::load_unaligned(from);
}

/// To an address that a vector's size divides.
template <class T>
[[gnu::always_inline]] inline void store(T* to, batch<T> x) {
    x.store_aligned(to);
}

/// To any address.
template <class T>
[[gnu::always_inline]] inline void store_unaligned(T* to, batch<T> x) {
    x.store_unaligned(to);
}

/// Keeps a loaded value in a register: g++ 12 else makes the load a memory operand of every use.
template <class T>
[[gnu::always_inline]] inline batch<T> pinned(batch<T> x) {
#if defined(__clang__) || !defined(__GNUC__) || !PLAIT_HAS_VECTORS
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

/// Asks for what will be read there soon, which may be nothing.
[[gnu::always_inline]] inline void prefetch(const void* address) { __builtin_prefetch(address); }

/// a * b + c, rounded once where the machine can.
template <class T>
[[gnu::always_inline]] inline batch<T> multiply_add(batch<T> a, batch<T> b, batch<T> c) {
    return detail::library::fma(a, b, c);
}

/// The larger of a and b; b where b is not a number.
template <class T>
[[gnu::always_inline]] inline batch<T> maximum(batch<T> a, batch<T> b) {
#if defined(__AVX512F__) && PLAIT_HAS_VECTORS && defined(__GNUC__) && !defined(__clang__)
    // g++ 12 warns of its own intrinsic; hiding a constant lets it see one vmaxps here.
    const batch<T> x = pinned(a);
    return batch<T>(x.data > b.data ? x.data : b.data);
#else
    return detail::library::max(a, b);
#endif
}

/// The smaller of a and b; b where b is not a number.
template <class T>
[[gnu::always_inline]] inline batch<T> minimum(batch<T> a, batch<T> b) {
#if defined(__AVX512F__) && PLAIT_HAS_VECTORS && defined(__GNUC__) && !defined(__clang__)
    const batch<T> x = pinned(a);  // as in maximum
    return batch<T>(x.data < b.data ? x.data : b.data);
#else
    return detail::library::min(a, b);
#endif
}

/// `value` where x lies between low and high and is neither; else 0.
template <class T>
[[gnu::always_inline]] inline batch<T> where_between(batch<T> x, batch<T> low, batch<T> high,
                                                     batch<T> value) {
    return detail::library::select((x > low) & (x < high), value, batch<T>(T{0}));
}

/// The larger of x and what was largest so far; not a number once either was none.
template <class T>
[[gnu::always_inline]] inline batch<T> maximum_or_nan(batch<T> largest, batch<T> x) {
#if !PLAIT_HAS_VECTORS
    return x.data != x.data ? x : maximum(x, largest);
#elif defined(__AVX512F__)
    const __mmask16 is_number = _mm512_cmp_ps_mask(x.data, x.data, _CMP_ORD_Q);
    return batch<T>(_mm512_mask_max_ps(x.data, is_number, x.data, largest.data));
#elif defined(__SSE2__) || defined(__wasm_simd128__)
    // All bits set are not a number. Whether x is one need not wait for the values before it.
    return maximum(x, largest) | batch<T>(std::bit_cast<decltype(x.data)>(x.data != x.data));
#else
    return maximum(x, largest);
#endif
}

/// x where the compiler may not look: with -funsafe-math-optimizations it would take (x + c) - c for x.
template <class T>
[[gnu::always_inline]] inline batch<T> as_rounded(batch<T> x) {
#if defined(__SSE2__)
    asm("" : "+x"(x.data));
#elif defined(__aarch64__)
    asm("" : "+w"(x.data));
#elif !defined(__wasm__)  // whose batches are as said, whatever the flags
    asm("" : "+m"(x.data));
#endif
    return x;
}

namespace detail {

/// exp(x) = power * (1 + slope * rest).
struct exponential_parts {
    batch<float> power;
    batch<float> slope;
    batch<float> rest;
};

/// exp(x) = 2^n exp(r) with n whole and |r| <= ln(2) / 2, where the slope is a polynomial of degree 5, fitted
/// to 1.4e-8. From `most` on, which is 88 or, for infinity, 89, and below -87 it is the same.
[[gnu::always_inline]] inline exponential_parts parts_of_exponential(batch<float> x, float most = 88.0F) {
    using vector = batch<float>;
    using bits [[gnu::vector_size(sizeof(float) * lanes<float>)]] = unsigned;  // of what is no number, any
    constexpr float log2_e = 1.44269504F, ln2_high = 0.693359375F, ln2_low = -2.12194440e-4F;
    constexpr float rounds_to_whole = 0x1.8p23F;  // its last bit is worth 1
    constexpr float fitted[]{0.00138825155F, 0.00836654752F, 0.0416672006F, 0.166665435F, 0.49999997F, 1};

    x = minimum(vector(most), maximum(vector(-87.0F), x));
    const vector shifted = as_rounded(multiply_add(x, vector(log2_e), vector(rounds_to_whole)));
    const vector n = as_rounded(shifted - vector(rounds_to_whole));
    const vector r = multiply_add(n, vector(-ln2_low), as_rounded(multiply_add(n, vector(-ln2_high), x)));
    vector slope(fitted[0]);
    PLAIT_UNROLL
    for (int i = 1; i < 6; ++i) slope = multiply_add(slope, r, vector(fitted[i]));
    constexpr unsigned exponent_of_one = 127, mantissa_bits = 23;
    const auto power = (std::bit_cast<bits>(shifted.data) + exponent_of_one) << mantissa_bits;
    return {vector(std::bit_cast<decltype(x.data)>(power)), slope, r};
}

}  // namespace detail

/// exp(x) to two units in the last place, from exp(-87) to exp(88); beyond, those.
[[gnu::always_inline]] inline batch<float> exponential(batch<float> x) {
    const detail::exponential_parts parts = detail::parts_of_exponential(x);
    return multiply_add(parts.slope, parts.rest, batch<float>(1.0F)) * parts.power;
}

/// exp(x) + 1, infinity from 89 on.
[[gnu::always_inline]] inline batch<float> exponential_and_one(batch<float> x) {
    const batch<float> one(1.0F);
    const detail::exponential_parts parts = detail::parts_of_exponential(x, 89.0F);
    return multiply_add(multiply_add(parts.slope, parts.rest, one), parts.power, one);
}

/// exp(x) - 1, of small x too.
[[gnu::always_inline]] inline batch<float> exponential_less_one(batch<float> x) {
    const detail::exponential_parts parts = detail::parts_of_exponential(x);
    const batch<float> whole = as_rounded(parts.power - batch<float>(1.0F));
    return multiply_add(parts.power, as_rounded(parts.slope * parts.rest), whole);
}

/// 1 / (1 + exp(-x)).
[[gnu::always_inline]] inline batch<float> sigmoid(batch<float> x) {
    return batch<float>(1.0F) / exponential_and_one(-x);
}

/// 1 / (1 + exp(x)), of x from 0 on to as many digits: what is left is not rounded away.
[[gnu::always_inline]] inline batch<float> sigmoid_of_negated(batch<float> x) {
    const batch<float> power = exponential(-x);
    return power / (batch<float>(1.0F) + power);
}

/// The hyperbolic tangent, of small x too.
[[gnu::always_inline]] inline batch<float> tanh(batch<float> x) {
    const batch<float> power = exponential_less_one(x + x);
    return power / (power + batch<float>(2.0F));
}

/// The part of a normal distribution that lies below -x, of x from 0 to 13: exp(-x^2 / 2) / 2 times
/// exp(x^2 / 2) erfc(x / sqrt(2)), which is t times a polynomial of t = 1 / (1 + 0.3 x), fitted to 4e-9.
[[gnu::always_inline]] inline batch<float> normal_below_negated(batch<float> x) {
    using vector = batch<float>;
    constexpr float fitted[]{-0.0205662975F, 0.112113592F,  -0.227425972F, 0.190688637F, -0.0784694768F,
                             0.0956191192F,  0.0785854492F, 0.110191105F,  0.119577461F, 0.119686382F};
    const vector t = vector(1.0F) / multiply_add(x, vector(0.3F), vector(1.0F));
    vector sum(fitted[0]);
    PLAIT_UNROLL
    for (int i = 1; i < 10; ++i) sum = multiply_add(sum, t, vector(fitted[i]));
    return exponential(x * x * vector(-0.5F)) * t * sum;
}

/// The values that lie so many values from an address; the list of distances is aligned to a vector's size.
[[gnu::always_inline]] inline batch<float> gather(const float* from, const int* distances) {
    return batch<float>::gather(from, batch<int>::load_aligned(distances));
}

/// Lanes of x where the mask's bits are set, of y elsewhere.
template <class T>
[[gnu::always_inline]] inline batch<T> select_bits(batch<T> mask, batch<T> x, batch<T> y) {
    return (x & mask) | (y & ~mask);
}

/// The larger of a and b; b where either is not a number, as of vectors.
[[gnu::always_inline]] inline float maximum(float a, float b) { return a > b ? a : b; }
/// The smaller of a and b; b where either is not a number, as of vectors.
[[gnu::always_inline]] inline float minimum(float a, float b) { return a < b ? a : b; }
/// a * b + c.
[[gnu::always_inline]] inline float multiply_add(float a, float b, float c) { return a * b + c; }

/// The largest of all lanes that are numbers.
template <class T>
[[gnu::always_inline]] inline T largest_of_lanes(batch<T> x) {
    alignas(cache_line_bytes) T values[lanes<T>];
    store(values, x);
    for (int half = lanes<T> / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; ++i)
            values[i] = values[i] > values[i + half] ? values[i] : values[i + half];
    }
    return values[0];
}

/// The sum of all lanes.
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
#if PLAIT_HAS_VECTORS
    return batch<T>(__builtin_shufflevector(a.data, b.data, Indices...));
#else
    return detail::library::pick<Indices...>(a, b);
#endif
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

/// Lanes 0, 2, 4, ... of a and b, one after the other.
template <class T>
[[gnu::always_inline]] inline batch<T> even_lanes(batch<T> a, batch<T> b) {
    return permute_by(
        [](int lane) constexpr { return 2 * lane; }, a, b);
}

/// Lanes 1, 3, 5, ... of a and b, one after the other.
template <class T>
[[gnu::always_inline]] inline batch<T> odd_lanes(batch<T> a, batch<T> b) {
    return permute_by(
        [](int lane) constexpr { return 2 * lane + 1; }, a, b);
}

/// Where lane n of the even (odd) lanes of two vectors lies after `even_blockwise`: blocks of four lanes do
/// not mix, which machines do fastest.
template <class T>
constexpr int blockwise_lane(int n) {
    constexpr int half = lanes<T> / 2;
    if constexpr (half == 0)
        return n;
    else
        return n % half / 2 * 4 + n % 2 + (n < half ? 0 : 2);
}

namespace detail {

/// Lane `First` and every second lane of each block of four, a's before b's.
template <int First, class T>
[[gnu::always_inline]] inline batch<T> every_second(batch<T> a, batch<T> b) {
    return permute_by(
        [](int lane) constexpr { return (lane % 4 < 2 ? 0 : lanes<T>)+lane / 4 * 4 + lane % 2 * 2 + First; },
        a, b);
}

}  // namespace detail

/// The even lanes of a and b, in the order of `blockwise_lane`.
template <class T>
[[gnu::always_inline]] inline batch<T> even_blockwise(batch<T> a, batch<T> b) {
    return detail::every_second<0>(a, b);
}

/// The odd lanes of a and b, in the order of `blockwise_lane`.
template <class T>
[[gnu::always_inline]] inline batch<T> odd_blockwise(batch<T> a, batch<T> b) {
    return detail::every_second<1>(a, b);
}

namespace detail {

/// a becomes what `index` picks of a and b, b what lies `Offset` lanes further.
template <int Offset, class Index, class T>
[[gnu::always_inline]] inline void pick_both(Index index, batch<T>& a, batch<T>& b) {
    const batch<T> first = permute_by(index, a, b);
    b = permute_by(
        [](int lane) constexpr { return Index{}(lane) + Offset; }, a, b);
    a = first;
}

/// Of blocks of four lanes, `Distance` rows apart and more.
template <int Distance, class T>
[[gnu::always_inline]] inline void transpose_blocks(batch<T> (&rows)[lanes<T>]) {
    constexpr auto even_blocks = [](int lane) constexpr { return lane / 4 * 8 + lane % 4; };
    if constexpr (Distance < lanes<T>) {
        PLAIT_UNROLL
        for (int i = 0; i < lanes<T>; ++i) {
            if (!(i & Distance)) pick_both<4>(even_blocks, rows[i], rows[i + Distance]);
        }
        transpose_blocks<2 * Distance>(rows);
    }
}

}  // namespace detail

/// a's lanes and b's in turn: `first` becomes the first vector of them, `second` the other.
template <class T>
[[gnu::always_inline]] inline void interleave(batch<T> a, batch<T> b, batch<T>& first, batch<T>& second) {
    first = permute_by(
        [](int lane) constexpr { return lane / 2 + lane % 2 * lanes<T>; }, a, b);
    second = permute_by(
        [](int lane) constexpr {
            const int at = lanes<T> + lane;
            return at / 2 + at % 2 * lanes<T>;
        },
        a, b);
}

namespace detail {

/// Each of the vectors has blocks of four lanes that are to be added: block i of the result is the sum of
/// those of sums[i].
template <std::size_t Blocks, class T>
[[gnu::always_inline]] inline batch<T> sum_of_blocks(batch<T> (&sums)[Blocks]) {
    if constexpr (Blocks == 2) {
        constexpr auto first = [](int lane) constexpr { return lane < 4 ? lane : lane - 4 + lanes<T>; };
        constexpr auto second = [](int lane) constexpr { return lane < 4 ? lane + 4 : lane + lanes<T>; };
        return permute_by(first, sums[0], sums[1]) + permute_by(second, sums[0], sums[1]);
    } else {
        static_assert(Blocks == 4);
        constexpr auto halves = [](int lane) constexpr { return lane < 8 ? lane : lane - 8 + lanes<T>; };
        constexpr auto others = [](int lane) constexpr { return lane < 8 ? lane + 8 : lane + lanes<T>; };
        constexpr auto first = [](int lane) constexpr {
            return lane / 4 % 2 * 8 + lane % 4 + (lane < 8 ? 0 : lanes<T>);
        };
        constexpr auto second = [](int lane) constexpr {
            return lane / 4 % 2 * 8 + 4 + lane % 4 + (lane < 8 ? 0 : lanes<T>);
        };
        const batch<T> low = permute_by(halves, sums[0], sums[1]) + permute_by(others, sums[0], sums[1]);
        const batch<T> high = permute_by(halves, sums[2], sums[3]) + permute_by(others, sums[2], sums[3]);
        return permute_by(first, low, high) + permute_by(second, low, high);
    }
}

/// rows[i] += their neighbours' sums, `Rows` of them left.
template <int Rows, class T>
[[gnu::always_inline]] inline batch<T> sums_of_pairs(batch<T> (&rows)[lanes<T>]) {
    if constexpr (Rows == 1) {
        return rows[0];
    } else {
        PLAIT_UNROLL
        for (int i = 0; i < Rows / 2; ++i)
            rows[i] =
                every_second<0>(rows[2 * i], rows[2 * i + 1]) + every_second<1>(rows[2 * i], rows[2 * i + 1]);
        return sums_of_pairs<Rows / 2>(rows);
    }
}

}  // namespace detail

/// Lane i is the sum of all lanes of rows[i], which are used up.
template <class T>
[[gnu::always_inline]] inline batch<T> sums_of_lanes(batch<T> (&rows)[lanes<T>]) {
    // Within blocks of four lanes; then the blocks of all rows are added.
    constexpr std::size_t blocks = lanes<T> / 4;
    if constexpr (lanes<T> == 1) {
        return rows[0];
    } else if constexpr (blocks == 1) {
        return detail::sums_of_pairs<4>(rows);
    } else {
        batch<T> sums[blocks];
        PLAIT_UNROLL
        for (std::size_t i = 0; i < blocks; ++i) {
            batch<T> four[lanes<T>];
            PLAIT_UNROLL
            for (std::size_t j = 0; j < 4; ++j) four[j] = rows[4 * i + j];
            sums[i] = detail::sums_of_pairs<4>(four);
        }
        return detail::sum_of_blocks<blocks>(sums);
    }
}

/// rows[i] lane j becomes rows[j] lane i: first within blocks of four lanes, then the blocks.
template <class T>
[[gnu::always_inline]] inline void transpose(batch<T> (&rows)[lanes<T>]) {
    constexpr auto lanes_in_turn = [](int lane) constexpr {
        return lane % 2 * lanes<T> + lane / 4 * 4 + lane % 4 / 2;
    };
    constexpr auto pairs_in_turn = [](int lane) constexpr {
        return lane % 4 / 2 * lanes<T> + lane / 4 * 4 + lane % 2;
    };
    if constexpr (lanes < T >> 1) {
        PLAIT_UNROLL
        for (int i = 0; i < lanes<T>; i += 4) {
            detail::pick_both<2>(lanes_in_turn, rows[i], rows[i + 1]);
            detail::pick_both<2>(lanes_in_turn, rows[i + 2], rows[i + 3]);
            detail::pick_both<2>(pairs_in_turn, rows[i], rows[i + 2]);
            detail::pick_both<2>(pairs_in_turn, rows[i + 1], rows[i + 3]);
            std::swap(rows[i + 1], rows[i + 2]);
        }
        detail::transpose_blocks<4>(rows);
    }
}

}  // namespace plait::inline PLAIT_TARGET::simd
