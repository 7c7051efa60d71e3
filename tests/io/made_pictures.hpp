// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <doctest/doctest.h>

#include "plait/io/picture.hpp"

// Pictures that tests make, and how far two are apart.

namespace made_pictures {

inline plait::picture one_colour(int width, int height, std::uint8_t value) {
    const std::size_t count = 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    return {width, height, std::vector<std::uint8_t>(count, value)};
}

/// Every pixel another.
inline plait::picture pattern(int width, int height) {
    plait::picture p{width, height, {}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (const int value : {x * 61 + y * 97, x * x * 13 + y * 7, 255 - x * 50 - y * 3}) {
                p.rgb.push_back(static_cast<std::uint8_t>(value));
            }
        }
    }
    return p;
}

inline std::vector<int> differences(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
    REQUIRE(a.size() == b.size());
    std::vector<int> made;
    for (std::size_t i = 0; i < a.size(); ++i) made.push_back(std::abs(a[i] - b[i]));
    return made;
}

inline int largest_difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
    return std::ranges::max(differences(a, b));
}

}  // namespace made_pictures
