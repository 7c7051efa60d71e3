// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "plait/core/shape.hpp"
#include "plait/tensor/tensor.hpp"

namespace plait::inline PLAIT_TARGET {

/// A rectangle in fractions of a picture's width and height, from its top left corner. It may reach beyond
/// the picture.
struct box {
    float left = 0;
    float top = 0;
    float right = 0;
    float bottom = 0;

    /// 0 where it has no inside.
    constexpr float area() const { return std::max(right - left, 0.0f) * std::max(bottom - top, 0.0f); }

    friend constexpr bool operator==(const box&, const box&) = default;
};

/// What both boxes have; without an inside where they do not meet.
constexpr box intersection(const box& a, const box& b) {
    return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
            std::min(a.bottom, b.bottom)};
}

/// The area that two boxes have in common, as a fraction of what they cover together; 0 where that is
/// nothing.
constexpr float intersection_over_union(const box& a, const box& b) {
    const float common = intersection(a, b).area();
    return common > 0 ? common / (a.area() + b.area() - common) : 0.0f;
}

/// Something that a network found in a picture.
struct detected_object {
    int category = 0;  ///< the index of its class
    float score = 0;   ///< from 0 to 1
    box where;

    friend constexpr bool operator==(const detected_object&, const detected_object&) = default;
};

/// For each class the objects of the highest scores, without those that overlap one of them by more (the area
/// in common to the area of both); the highest scores first, equal ones in the order given. None has a score
/// that is NaN.
inline std::vector<detected_object> suppress_overlaps(std::vector<detected_object> objects,
                                                      float largest_overlap = 0.45f) {
    std::erase_if(objects, [](const detected_object& object) { return std::isnan(object.score); });
    // Neither std::ranges, whose algorithms libc++ 14 lacks, nor stable_sort: clang 19 warns of libstdc++'s.
    std::vector<const detected_object*> best_first;
    best_first.reserve(objects.size());
    for (const detected_object& object : objects) best_first.push_back(&object);
    std::sort(best_first.begin(), best_first.end(), [](const detected_object* a, const detected_object* b) {
        return std::pair(-a->score, a) < std::pair(-b->score, b);
    });

    std::vector<detected_object> kept;
    for (const detected_object* const object : best_first) {
        const bool is_suppressed = std::any_of(kept.begin(), kept.end(), [&](const detected_object& better) {
            return better.category == object->category &&
                   intersection_over_union(better.where, object->where) > largest_overlap;
        });
        if (!is_suppressed) kept.push_back(*object);
    }
    return kept;
}

namespace detail {

/// Of FastestDet's output: objectness, four terms of the box, and a probability for each class.
inline constexpr int box_terms = 4;
inline constexpr int channels_before_classes = 1 + box_terms;

/// One cell of the map: a value in each plane.
struct fastestdet_cell {
    const float* values;
    int plane;  ///< values from one channel to the next
    int classes;

    float objectness() const { return values[0]; }
    float box_term(int term) const { return values[(1 + term) * plane]; }
    float probability(int category) const { return values[(channels_before_classes + category) * plane]; }

    int likeliest() const {
        int best = 0;
        for (int category = 1; category < classes; ++category) {
            if (probability(category) > probability(best)) best = category;
        }
        return best;
    }

    bool is_finite() const {
        for (int channel = 0; channel < channels_before_classes + classes; ++channel) {
            if (!std::isfinite(values[channel * plane])) return false;
        }
        return true;
    }
};

inline float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

/// The box of the cell at (x, y) of the map.
inline box fastestdet_box(const fastestdet_cell& cell, extent map, int y, int x) {
    const auto width = static_cast<float>(map.width);
    const auto height = static_cast<float>(map.height);
    const float centre_x = (std::tanh(cell.box_term(0)) + static_cast<float>(x)) / width;
    const float centre_y = (std::tanh(cell.box_term(1)) + static_cast<float>(y)) / height;
    const float half_width = sigmoid(cell.box_term(2)) / 2;
    const float half_height = sigmoid(cell.box_term(3)) / 2;
    return {centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height};
}

}  // namespace detail

/// Every cell of FastestDet's output whose score is above the threshold, row by row: overlaps are still
/// there. The score is objectness^0.6 x probability^0.4 of the likeliest class. A cell with a value that is
/// not finite has no object.
template <shape Shape>
    requires(Shape.channels > detail::channels_before_classes)
std::vector<detected_object> decode_fastestdet(const tensor<float, Shape>& map, float threshold) {
    constexpr extent plane = Shape.plane();
    constexpr int classes = Shape.channels - detail::channels_before_classes;
    std::vector<detected_object> objects;
    for (int y = 0; y < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x) {
            const detail::fastestdet_cell cell{&map(0, y, x), plane.pixels(), classes};
            const int category = cell.likeliest();
            const float score =
                std::pow(cell.objectness(), 0.6f) * std::pow(cell.probability(category), 0.4f);
            if (!(score > threshold) || !cell.is_finite()) continue;
            objects.push_back({category, score, detail::fastestdet_box(cell, plane, y, x)});
        }
    }
    return objects;
}

}  // namespace plait::inline PLAIT_TARGET
