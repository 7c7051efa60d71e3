// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "plait/core/finite.hpp"

// What any detector finds: boxes, and which of those that overlap are kept.

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
    std::erase_if(objects, [](const detected_object& object) { return is_nan(object.score); });
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

}  // namespace plait::inline PLAIT_TARGET
