// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "plait/core/finite.hpp"
#include "plait/core/shape.hpp"
#include "plait/models/detection.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Of FastestDet's output: objectness, four terms of the box, and a probability for each class.
inline constexpr int box_terms = 4;
inline constexpr int channels_before_classes = 1 + box_terms;

/// One cell of the map: a value of each channel.
struct fastestdet_cell {
    const float* values;
    int classes;

    float objectness() const { return values[0]; }
    float box_term(int term) const { return values[1 + term]; }
    float probability(int category) const { return values[channels_before_classes + category]; }

    int likeliest() const {
        int best = 0;
        for (int category = 1; category < classes; ++category) {
            if (probability(category) > probability(best)) best = category;
        }
        return best;
    }

    bool is_finite() const {
        for (int channel = 0; channel < channels_before_classes + classes; ++channel) {
            if (!plait::is_finite(values[channel])) return false;
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
/// The map is a tensor, or what a model's `output` gives.
template <class Map>
    requires(Map::dimensions.channels > detail::channels_before_classes)
std::vector<detected_object> decode_fastestdet(const Map& map, float threshold) {
    constexpr int channels = Map::dimensions.channels;
    constexpr extent plane = Map::dimensions.plane();
    constexpr int classes = channels - detail::channels_before_classes;
    std::array<float, static_cast<std::size_t>(channels)> values;
    std::vector<detected_object> objects;
    for (int y = 0; y < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x) {
            for (int c = 0; c < channels; ++c) values[static_cast<std::size_t>(c)] = map(c, y, x);
            const detail::fastestdet_cell cell{values.data(), classes};
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
