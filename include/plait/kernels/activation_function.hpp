// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/activation.hpp"
#include "plait/simd/batch.hpp"

// What activations are, each written once. A vector is a `simd::batch<float>`; what kernels apply themselves
// is also written for a float. What is not a number stays none, and infinities give what PyTorch's do.

namespace plait::inline PLAIT_TARGET::detail {

/// Constants that the compiler keeps where it likes.
struct constants_anywhere {
    template <class Vector>
    [[gnu::always_inline]] static inline Vector make(float constant) {
        return Vector(constant);
    }
};

/// Constants of a tile, made after its sums are complete.
struct constants_after_sums {
    template <class Vector>
    [[gnu::always_inline]] static inline Vector make(float constant) {
        return simd::made_here(constant);
    }
};

constexpr float as_float(real number) { return static_cast<float>(double{number}); }

/// A function of a value, made before those that it is applied to.
template <activation Act, class Vector, class Constants = constants_anywhere, activation_kind Kind = Act.kind>
class activation_function;

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::none> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const { return x; }
};

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::relu> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const { return simd::maximum(zero_, x); }

private:
    Vector zero_ = Constants::template make<Vector>(0.0F);
};

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::clip> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const {
        return simd::minimum(high_, simd::maximum(low_, x));
    }

private:
    Vector low_ = Constants::template make<Vector>(as_float(Act.first));
    Vector high_ = Constants::template make<Vector>(as_float(Act.second));
};

/// max(x, 0) + slope * min(x, 0): of a slope that is no constant too.
template <class Vector>
[[gnu::always_inline]] inline Vector leaky(Vector x, Vector slope, Vector zero) {
    return simd::multiply_add(slope, simd::minimum(zero, x), simd::maximum(zero, x));
}

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::leaky_relu> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const {
        if constexpr (0 < as_float(Act.first) && as_float(Act.first) <= 1)
            return simd::maximum(slope_ * x, x);
        else
            return leaky(x, slope_, Vector(0.0F));
    }

private:
    Vector slope_ = Constants::template make<Vector>(as_float(Act.first));
};

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::hard_sigmoid> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const {
        const Vector line = simd::multiply_add(x, slope_, offset_);
        return simd::minimum(one_, simd::maximum(zero_, line));
    }

private:
    Vector slope_ = Constants::template make<Vector>(as_float(Act.first));
    Vector offset_ = Constants::template make<Vector>(as_float(Act.second));
    Vector zero_ = Constants::template make<Vector>(0.0F);
    Vector one_ = Constants::template make<Vector>(1.0F);
};

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::hard_swish> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const { return x * gate_(x); }

private:
    activation_function<activation::hard_sigmoid(), Vector, Constants> gate_;
};

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::sigmoid> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const { return simd::sigmoid(x); }
};

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::tanh> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const { return simd::tanh(x); }
};

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::elu> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const {
        const Vector zero(0.0F);
        const Vector below = simd::exponential_less_one(simd::minimum(zero, x));
        return simd::multiply_add(Vector(as_float(Act.first)), below, simd::maximum(zero, x));
    }
};

/// x times a gate g that grows from 0 to 1, where g(x) + g(-x) = 1: max(x, 0) - |x| * g(-|x|), which does not
/// round the small gates of negative x away. `closed(y)` is g(-y), and nothing from `farthest` on. PyTorch
/// multiplies minus infinity by 0, so that it is not a number.
template <class Vector, class Closed>
[[gnu::always_inline]] inline Vector gated(Vector x, float farthest, Closed closed) {
    const Vector zero(0.0F);
    const Vector size = simd::minimum(Vector(farthest), simd::maximum(-x, x));
    const Vector made = simd::multiply_add(-size, closed(size), simd::maximum(zero, x));
    return simd::multiply_add(simd::minimum(zero, x), simd::as_rounded(zero), made);
}

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::silu> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const {
        return x / simd::exponential_and_one(-x);
    }
};

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::gelu> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const {
        return gated(x, 13, [](Vector size) { return simd::normal_below_negated(size); });
    }
};

template <activation Act, class Vector, class Constants>
class activation_function<Act, Vector, Constants, activation_kind::gelu_tanh> {
public:
    [[gnu::always_inline]] inline Vector operator()(Vector x) const {
        constexpr float twice_root_of_two_by_pi = 1.59576912F, cubic = 0.044715F;
        // (1 + tanh(y)) / 2 is the sigmoid of 2 y.
        return gated(x, 10, [](Vector size) {
            const Vector factor = simd::multiply_add(size * size, Vector(twice_root_of_two_by_pi * cubic),
                                                     Vector(twice_root_of_two_by_pi));
            return simd::sigmoid_of_negated(size * factor);
        });
    }
};

template <activation Act, class Vector>
[[gnu::always_inline]] inline Vector activated(Vector x) {
    return activation_function<Act, Vector>{}(x);
}

}  // namespace plait::inline PLAIT_TARGET::detail
