// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "plait/kernels/matrix_product.hpp"
#include "plait/simd/stored.hpp"

// A channel's values of several pictures, as training stores them: what is applied where they are read, and
// the sums that are taken where they are written. Stored values are floats or halves; sums are of what is
// stored. Vectors reach up to one past a run.

namespace plait::inline PLAIT_TARGET {

/// What a run's readers apply to it: min(high, max(low, scale x + offset)), rounded to the nearest multiple
/// of a step, if there is one.
struct run_reading {
    float scale = 1;
    float offset = 0;
    float low = 0;
    float high = 0;
    float step = 0;  ///< of a run that clips
    bool clips = false;
};

/// What is made of a gradient g that arrives at a run of values y: of_gradient g + of_made y + constant.
struct run_gradient {
    float of_gradient = 1;
    float of_made = 0;
    float constant = 0;
};

/// Of values and their squares, or of gradients and their products with the values.
struct pair_of_sums {
    double first = 0;
    double second = 0;
};

namespace detail {

/// Floats are added up so many at a time, then in double precision.
inline constexpr int values_of_sum = 512;

}  // namespace detail

namespace detail {

/// What readers of a run see: called with i, a vector of its values from the i-th on.
template <class Stored, bool Clips>
struct values_of_run {
    using vector = simd::batch<float>;
    const Stored* from;
    vector scale, offset, low, high;

    [[gnu::always_inline]] vector operator()(int i) const {
        const vector x = simd::multiply_add(scale, simd::load_stored(from + i), offset);
        if constexpr (Clips) return simd::minimum(high, simd::maximum(low, x));
        return x;
    }
};

/// The same, rounded to the nearest multiples of a step.
template <class Stored>
struct rounded_values_of_run {
    using vector = simd::batch<float>;
    values_of_run<Stored, true> clipped;
    vector step, inverse;

    [[gnu::always_inline]] vector operator()(int i) const {
        const vector rounds_to_whole(0x1.8p23F);  // its last bit is worth 1
        return step *
               (simd::as_rounded(simd::multiply_add(clipped(i), inverse, rounds_to_whole)) - rounds_to_whole);
    }
};

/// The same of what is made of a run's gradient.
template <class Stored>
struct gradient_of_run {
    using vector = simd::batch<float>;
    const Stored* gradient;
    const Stored* made;
    vector of_gradient, of_made, constant;

    [[gnu::always_inline]] vector operator()(int i) const {
        return simd::multiply_add(of_gradient, simd::load_stored(gradient + i),
                                  simd::multiply_add(of_made, simd::load_stored(made + i), constant));
    }
};

/// The same of values as they are.
struct plain_run {
    const float* from;

    [[gnu::always_inline]] simd::batch<float> operator()(int i) const {
        return simd::load_unaligned(from + i);
    }
};

}  // namespace detail

/// Calls `visit(read)`, where `read(i)` is a vector of what readers see of a run from the i-th value on.
template <class Stored, class Visit>
[[gnu::always_inline]] inline void with_reading(const run_reading& how, const Stored* from, Visit visit) {
    using vector = simd::batch<float>;
    const vector scale(how.scale);
    const vector offset(how.offset);
    const vector low(how.low);
    const vector high(how.high);
    const detail::values_of_run<Stored, true> clipped{from, scale, offset, low, high};
    if (how.step > 0)
        visit(detail::rounded_values_of_run<Stored>{clipped, vector(how.step), vector(1 / how.step)});
    else if (how.clips)
        visit(clipped);
    else
        visit(detail::values_of_run<Stored, false>{from, scale, offset, low, high});
}

/// The same of what is made of a run's gradient.
template <class Stored, class Visit>
[[gnu::always_inline]] inline void with_gradient(const run_gradient& how, const Stored* gradient,
                                                 const Stored* made, Visit visit) {
    using vector = simd::batch<float>;
    visit(detail::gradient_of_run<Stored>{gradient, made, vector(how.of_gradient), vector(how.of_made),
                                          vector(how.constant)});
}

/// to[i] = `read(i)`, then zeros to the end of a tile. What follows in the run is asked for, which is read
/// next.
template <class Read>
[[gnu::always_inline]] inline void put_run(Read read, int count, float* to) {
    constexpr int at_a_time = 16;
    for (int i = 0; i < count; i += at_a_time) {
        PLAIT_UNROLL
        for (int j = 0; j < at_a_time; j += native_lanes) simd::store_unaligned(to + i + j, read(i + j));
    }
    for (int i = count; i < padded_pixels(count); ++i) to[i] = 0;
}

/// Stores values and a bias, and adds up what is stored and its squares.
template <class Stored>
[[gnu::noinline]] void store_run(const float* from, float bias, int count, Stored* to, pair_of_sums& sums) {
    using vector = simd::batch<float>;
    const vector more(bias);
    for (int first = 0; first < count; first += detail::values_of_sum) {
        const int end = std::min(first + detail::values_of_sum, count);
        vector sum(0.0F);
        vector squares(0.0F);
        int i = first;
        for (; i + native_lanes <= end; i += native_lanes) {
            const vector y = simd::store_stored(to + i, simd::load_unaligned(from + i) + more);
            sum += y;
            squares = simd::multiply_add(y, y, squares);
        }
        double rest = 0;
        double rest_squares = 0;
        for (; i < end; ++i) {
            const auto y = static_cast<double>(simd::store_stored_value(to + i, from[i] + bias));
            rest += y;
            rest_squares += y * y;
        }
        sums.first += rest + static_cast<double>(simd::sum_of_lanes(sum));
        sums.second += rest_squares + static_cast<double>(simd::sum_of_lanes(squares));
    }
}

namespace detail {

template <bool Clips, bool IsFirst, class Stored>
void contribute_run(const run_reading& how, const Stored* made, const float* from, int count,
                    Stored* gradient, pair_of_sums& sums) {
    using vector = simd::batch<float>;
    const vector scale(how.scale);
    const vector offset(how.offset);
    const vector low(how.low);
    const vector high(how.high);
    for (int first = 0; first < count; first += values_of_sum) {
        const int end = std::min(first + values_of_sum, count);
        vector sum(0.0F);
        vector products(0.0F);
        int i = first;
        for (; i + native_lanes <= end; i += native_lanes) {
            const vector y = simd::load_stored(made + i);
            vector g = simd::load_unaligned(from + i);
            if constexpr (Clips) g = simd::where_between(simd::multiply_add(scale, y, offset), low, high, g);
            if constexpr (IsFirst) {
                g = simd::store_stored(gradient + i, g);
            } else {
                const vector before = simd::load_stored(gradient + i);
                g = simd::store_stored(gradient + i, before + g) - before;
            }
            sum += g;
            products = simd::multiply_add(g, y, products);
        }
        double rest = 0;
        double rest_products = 0;
        for (; i < end; ++i) {
            const float y = simd::load_stored_value(made + i);
            const float u = how.scale * y + how.offset;
            const float g = !Clips || (u > how.low && u < how.high) ? from[i] : 0.0F;
            const float before = IsFirst ? 0.0F : simd::load_stored_value(gradient + i);
            const float added = simd::store_stored_value(gradient + i, before + g) - before;
            rest += static_cast<double>(added);
            rest_products += static_cast<double>(added) * static_cast<double>(y);
        }
        sums.first += rest + static_cast<double>(simd::sum_of_lanes(sum));
        sums.second += rest_products + static_cast<double>(simd::sum_of_lanes(products));
    }
}

}  // namespace detail

/// Adds to a run's gradient what one of its readers gives back, through the clip; where that is the first,
/// puts it there. Adds up what is added and its products with the values.
template <class Stored>
[[gnu::noinline]] void contribute_run(const run_reading& how, const Stored* made, const float* from,
                                      int count, bool is_first, Stored* gradient, pair_of_sums& sums) {
    if (how.clips)
        return is_first ? detail::contribute_run<true, true>(how, made, from, count, gradient, sums)
                        : detail::contribute_run<true, false>(how, made, from, count, gradient, sums);
    return is_first ? detail::contribute_run<false, true>(how, made, from, count, gradient, sums)
                    : detail::contribute_run<false, false>(how, made, from, count, gradient, sums);
}

}  // namespace plait::inline PLAIT_TARGET
