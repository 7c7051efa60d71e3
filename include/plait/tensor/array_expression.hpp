// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>

#include "plait/core/result.hpp"
#include "plait/tensor/tensor.hpp"

// What Plait accepts as a picture beside its own tensors: xtensor's containers and expressions, known by what
// they can do, so that nobody pays for parsing xtensor who does not use it.

namespace plait::inline PLAIT_TARGET {

/// Has a shape that can be asked and values by index: any xtensor container or expression.
template <class E>
concept array_expression = requires(const std::remove_cvref_t<E>& e) {
    typename std::remove_cvref_t<E>::shape_type;
    e.dimension();
    e.shape();
    e(std::size_t{}, std::size_t{}, std::size_t{});
};

namespace detail {

template <class Shape>
struct fixed_dimensions {
    static constexpr bool known = false;
};
template <template <std::size_t...> class Shape, std::size_t... Dimensions>
struct fixed_dimensions<Shape<Dimensions...>> {
    static constexpr bool known = true;
    static constexpr bool equal(shape s) {
        constexpr std::size_t found[]{Dimensions..., 0};
        return sizeof...(Dimensions) == 3 && found[0] == static_cast<std::size_t>(s.channels) &&
               found[1] == static_cast<std::size_t>(s.height) &&
               found[2] == static_cast<std::size_t>(s.width);
    }
};

template <class E>
std::string dimensions_text(const E& e) {
    std::string text = "(";
    for (const auto d : e.shape()) text += (text.size() > 1 ? ", " : "") + std::to_string(d);
    return text + ")";
}

inline std::string dimensions_text(shape s) {
    return std::string("(") + std::to_string(s.channels) + ", " + std::to_string(s.height) + ", " +
           std::to_string(s.width) + ")";
}

template <shape Shape, class E>
bool has_shape(const E& e) {
    const int expected[]{Shape.channels, Shape.height, Shape.width};
    if (e.dimension() != 3) return false;
    int i = 0;
    for (const auto d : e.shape()) {
        if (static_cast<long long>(d) != expected[i++]) return false;
    }
    return true;
}

template <class T, shape Shape, class E>
tensor<T, Shape> copy_expression(const E& e) {
    tensor<T, Shape> made;
    T* to = made.data();
    for (int c = 0; c < Shape.channels; ++c) {
        for (int y = 0; y < Shape.height; ++y) {
            for (int x = 0; x < Shape.width; ++x)
                *to++ = static_cast<T>(
                    e(static_cast<std::size_t>(c), static_cast<std::size_t>(y), static_cast<std::size_t>(x)));
        }
    }
    return made;
}

}  // namespace detail

/// Whether the expression's shape is part of its type.
template <class E>
inline constexpr bool has_static_shape =
    detail::fixed_dimensions<typename std::remove_cvref_t<E>::shape_type>::known;

/// A tensor of an expression's values: of a static shape as it is (a wrong one does not compile), of a
/// dynamic shape as a result (a wrong one is refused with both shapes named).
template <class T, shape Shape, array_expression E>
auto to_tensor(const E& e) {
    if constexpr (has_static_shape<E>) {
        static_assert(detail::fixed_dimensions<typename E::shape_type>::equal(Shape),
                      "the array's static shape is not the shape that is expected here");
        return detail::copy_expression<T, Shape>(e);
    } else {
        using made = result<tensor<T, Shape>>;
        if (!detail::has_shape<Shape>(e))
            return made(failure{"the array has shape " + detail::dimensions_text(e) + " where " +
                                detail::dimensions_text(Shape) + " was expected"});
        return made(detail::copy_expression<T, Shape>(e));
    }
}

namespace detail {

/// What `run` makes of a picture's tensor: as it is of a static shape, as a result of a dynamic one.
template <class T, shape Shape, array_expression Picture, class Run>
auto with_tensor(const Picture& picture, Run run) {
    const auto converted = to_tensor<T, Shape>(picture);
    if constexpr (has_static_shape<Picture>) {
        return run(converted);
    } else {
        using made = result<decltype(run(*converted))>;
        return converted ? made(run(*converted)) : made(failure{"picture: " + converted.error()});
    }
}

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
