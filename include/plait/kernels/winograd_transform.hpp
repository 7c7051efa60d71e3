// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/simd/batch.hpp"

// Winograd's minimal filtering F(m, 3) along one axis (Lavin and Gray, arXiv 1509.09308): m outputs from m +
// 2 inputs by as many products, of polynomials at as many points.

namespace plait::inline PLAIT_TARGET::detail {

template <int Outputs>
struct winograd_transform;

/// At the points 0, 1, -1 and infinity.
template <>
struct winograd_transform<2> {
    /// What each product's weight is of the three taps.
    static constexpr double weights[4][3]{{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

    template <class V>
    [[gnu::always_inline]] static inline void inputs(const V (&d)[4], V (&made)[4]) {
        made[0] = d[0] - d[2];
        made[1] = d[1] + d[2];
        made[2] = d[2] - d[1];
        made[3] = d[3] - d[1];
    }
    template <class V>
    [[gnu::always_inline]] static inline void outputs(const V (&m)[4], V (&made)[2]) {
        made[0] = m[0] + (m[1] + m[2]);
        made[1] = m[3] + (m[1] - m[2]);
    }
};

/// At the points 0, sqrt(1/2), -sqrt(1/2), sqrt(2), -sqrt(2) and infinity, whose rounding errors are a third
/// of those at 0, 1, -1, 2, -2 and infinity (Barabasz et al., arXiv 1803.10986).
template <>
struct winograd_transform<4> {
    static constexpr double root = 1.4142135623730950488;

    /// As of F(2, 3).
    static constexpr double weights[6][3]{{1, 0, 0},
                                          {-2.0 / 3, -root / 3, -1.0 / 3},
                                          {-2.0 / 3, root / 3, -1.0 / 3},
                                          {1.0 / 6, root / 6, 1.0 / 3},
                                          {1.0 / 6, -root / 6, 1.0 / 3},
                                          {0, 0, 1}};

    template <class V>
    [[gnu::always_inline]] static inline void inputs(const V (&d)[6], V (&made)[6]) {
        const V even = simd::multiply_add(d[2], V(-2.0F), d[4]);
        const V odd =
            simd::multiply_add(d[3], V(static_cast<float>(root / 2)), d[1] * V(static_cast<float>(-root)));
        const V far_even = simd::multiply_add(d[2], V(-0.5F), d[4]);
        const V far_odd =
            simd::multiply_add(d[3], V(static_cast<float>(root)), d[1] * V(static_cast<float>(-root / 2)));
        made[0] = simd::multiply_add(d[2], V(-2.5F), d[0] + d[4]);
        made[1] = even + odd;
        made[2] = even - odd;
        made[3] = far_even + far_odd;
        made[4] = far_even - far_odd;
        made[5] = simd::multiply_add(d[3], V(-2.5F), d[1] + d[5]);
    }
    template <class V>
    [[gnu::always_inline]] static inline void outputs(const V (&m)[6], V (&made)[4]) {
        const V even = m[1] + m[2];
        const V odd = m[1] - m[2];
        const V far_even = m[3] + m[4];
        const V far_odd = m[3] - m[4];
        made[0] = m[0] + (even + far_even);
        made[1] =
            simd::multiply_add(odd, V(static_cast<float>(root / 2)), far_odd * V(static_cast<float>(root)));
        made[2] = simd::multiply_add(even, V(0.5F), far_even * V(2.0F));
        made[3] = simd::multiply_add(odd, V(static_cast<float>(root / 4)),
                                     simd::multiply_add(far_odd, V(static_cast<float>(2 * root)), m[5]));
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
