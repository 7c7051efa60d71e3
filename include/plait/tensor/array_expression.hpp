// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "plait/core/result.hpp"
#include "plait/tensor/map_writer.hpp"
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

/// Calls `row(c, y, value_at)` for each row, where `value_at(x)` is a value of it.
template <class T, shape Shape, class E, class Row>
void for_each_row(const E& e, Row row) {
    for (int c = 0; c < Shape.channels; ++c) {
        for (int y = 0; y < Shape.height; ++y) {
            row(c, y, [&](int x) {
                return static_cast<T>(
                    e(static_cast<std::size_t>(c), static_cast<std::size_t>(y), static_cast<std::size_t>(x)));
            });
        }
    }
}

template <class T, shape Shape, class E>
void copy_expression(const E& e, tensor<T, Shape>& to) {
    for_each_row<T, Shape>(e, [&](int c, int y, auto value_at) {
        for (int x = 0; x < Shape.width; ++x) to(c, y, x) = value_at(x);
    });
}

template <class T, shape Shape, class E>
result<tensor<T, Shape>> copied_expression(const E& e) {
    result<tensor<T, Shape>> made{std::in_place};
    copy_expression(e, *made);
    return made;
}

/// A sentence where the shape is another.
template <shape Shape, class E>
result<void> check_shape(const E& e) {
    if constexpr (fixed_dimensions<typename E::shape_type>::known)
        static_assert(fixed_dimensions<typename E::shape_type>::equal(Shape),
                      "the array's static shape is not the shape that is expected here");
    if (has_shape<Shape>(e)) return {};
    return failure{"the array has shape " + dimensions_text(e) + " where " + dimensions_text(Shape) +
                   " was expected"};
}

}  // namespace detail

/// Whether the expression's shape is part of its type.
template <class E>
inline constexpr bool has_static_shape =
    detail::fixed_dimensions<typename std::remove_cvref_t<E>::shape_type>::known;

/// Writes an expression's values to where they are to be, such as a model's input. A wrong shape does not
/// compile where it is static; where it is dynamic it is refused with both shapes named, and nothing is
/// written.
template <array_expression E, shape Shape>
result<void> put(const E& e, const map_writer<Shape>& to) {
    auto checked = detail::check_shape<Shape>(e);
    if (checked)
        detail::for_each_row<float, Shape>(e, [&](int c, int y, auto value_at) { to.row(c, y, value_at); });
    return checked;
}

/// A tensor of an expression's values: of a static shape as it is, of a dynamic shape as a result, as of
/// `put`.
template <class T, shape Shape, array_expression E>
auto to_tensor(const E& e) {
    if constexpr (has_static_shape<E>) {
        (void)detail::check_shape<Shape>(e);
        tensor<T, Shape> made;
        detail::copy_expression(e, made);
        return made;
    } else {
        using made = result<tensor<T, Shape>>;
        auto checked = detail::check_shape<Shape>(e);
        return checked ? detail::copied_expression<T, Shape>(e) : made(failure{checked.error()});
    }
}

}  // namespace plait::inline PLAIT_TARGET
