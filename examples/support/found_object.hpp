// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "plait/core/decimal.hpp"
#include "plait/core/shape.hpp"
#include "plait/models/detection.hpp"

namespace examples {

/// An object in the pixels of its picture, within its borders.
struct found_object {
    int category = 0;
    double score = 0;
    double left = 0;
    double top = 0;
    double right = 0;
    double bottom = 0;
};

inline std::vector<found_object> in_pixels(const std::vector<plait::detected_object>& objects,
                                           plait::extent picture) {
    std::vector<found_object> found;
    for (const auto& [category, score, where] : objects) {
        const auto pixels = [](float fraction, int size) {
            return std::clamp(double{fraction}, 0.0, 1.0) * size;
        };
        found.push_back({category, double{score}, pixels(where.left, picture.width),
                         pixels(where.top, picture.height), pixels(where.right, picture.width),
                         pixels(where.bottom, picture.height)});
    }
    return found;
}

/// A line for each: "photo.jpg: person 0.91 ...": class, score, left, top, right and bottom.
inline std::string as_lines(const std::string& source, const std::vector<found_object>& objects,
                            const std::vector<std::string>& names) {
    std::size_t widest = 0;
    for (const std::string& name : names) widest = std::max(widest, name.size());
    std::string lines;
    for (const found_object& object : objects) {
        const std::string& name = names[static_cast<std::size_t>(object.category)];
        lines += source + ": " + name + std::string(widest + 2 - name.size(), ' ') +
                 plait::decimal(object.score, {.places = 2}) + " ";
        for (const double edge : {object.left, object.top, object.right, object.bottom}) {
            lines += ' ';
            lines += plait::decimal(edge, {.places = 0, .width = 5});
        }
        lines += "\n";
    }
    return lines;
}

/// One line; of pixels the tenths, of scores four places.
inline std::string as_json(nlohmann::ordered_json source, const std::vector<found_object>& objects,
                           const std::vector<std::string>& names) {
    const auto rounded = [](double value, double parts) { return std::round(value * parts) / parts; };
    nlohmann::ordered_json listed = nlohmann::ordered_json::array();
    for (const found_object& object : objects) {
        nlohmann::ordered_json box = nlohmann::ordered_json::array();
        for (const double edge : {object.left, object.top, object.right, object.bottom})
            box.push_back(rounded(edge, 10));
        listed.push_back({{"class", names[static_cast<std::size_t>(object.category)]},
                          {"score", rounded(object.score, 10'000)},
                          {"box", box}});
    }
    source["objects"] = listed;
    // A file's name need not be UTF-8.
    return source.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace examples
