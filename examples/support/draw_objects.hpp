// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <string>
#include <vector>

#include "canvas.hpp"
#include "found_object.hpp"
#include "plait/core/decimal.hpp"

namespace examples {

namespace detail {

/// Light enough for black letters.
inline constexpr colour class_colours[] = {
    {255, 196, 37}, {64, 156, 255}, {255, 92, 87},   {73, 209, 106}, {240, 101, 224},
    {32, 214, 214}, {255, 140, 51}, {163, 116, 255}, {188, 222, 54}, {255, 130, 168},
};

inline colour class_colour(int category) {
    return class_colours[static_cast<std::size_t>(category) % std::size(class_colours)];
}

inline std::string label_text(const found_object& object, const std::vector<std::string>& names) {
    constexpr std::size_t longest_name = 40;
    return names[static_cast<std::size_t>(object.category)].substr(0, longest_name) + " " +
           plait::decimal(object.score, {.places = 2});
}

inline rectangle pixels_of(const found_object& object) {
    const auto nearest = [](double edge) { return static_cast<int>(std::lround(edge)); };
    return {nearest(object.left), nearest(object.top), nearest(object.right), nearest(object.bottom)};
}

/// A place for a label of that size: above the box, within it, below it, or within at its end; the first that
/// lies in the picture and on no other label, if there is one.
inline rectangle place_for(const rectangle& box, plait::extent label, plait::extent picture,
                           const std::vector<rectangle>& taken) {
    const int left = std::max(std::min(box.left, picture.width - label.width), 0);
    const auto at = [&](int top) { return rectangle{left, top, left + label.width, top + label.height}; };
    const int tops[] = {box.top - label.height, box.top, box.bottom, box.bottom - label.height};
    for (const int top : tops) {
        const bool is_free =
            std::ranges::none_of(taken, [&](const rectangle& r) { return r.meets(at(top)); });
        if (is_free && top >= 0 && top + label.height <= picture.height) return at(top);
    }
    return at(std::max(box.top - label.height, 0));
}

}  // namespace detail

/// A box and a label around each object, in lines and letters that grow with the picture. The likeliest
/// object, which is the first, lies on top.
inline void draw_objects(plait::picture& picture, const std::vector<found_object>& objects,
                         const std::vector<std::string>& names) {
    canvas paper(picture);
    const int shorter_side = std::min(picture.width, picture.height);
    const int line = std::max(2, static_cast<int>(std::lround(shorter_side / 130.0)));
    const double scale = 1 + shorter_side / 400.0;
    constexpr colour black{};
    const int margin = static_cast<int>(std::lround(2.5 * scale));

    for (const found_object& object : objects | std::views::reverse)
        paper.outline(detail::pixels_of(object), line, detail::class_colour(object.category));
    std::vector<rectangle> taken;
    for (const found_object& object : objects) {
        const line_of_text text(detail::label_text(object, names));
        const auto pixels = [&](int units) {
            return static_cast<int>(std::ceil(scale * units)) + 2 * margin;
        };
        const plait::extent size{pixels(line_of_text::height), pixels(text.width())};
        const rectangle label = detail::place_for(detail::pixels_of(object), size, picture.size(), taken);
        paper.fill(label, detail::class_colour(object.category));
        paper.write(text, label.left + margin, label.top + margin, scale, black);
        taken.push_back(label);
    }
}

}  // namespace examples
