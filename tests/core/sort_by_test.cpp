// SPDX-License-Identifier: BSD-3-Clause
#include "plait/core/sort_by.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

TEST_CASE("every length, with equal elements, as the standard library sorts") {
    std::mt19937 random(1);
    for (std::size_t count = 0; count < 70; ++count) {
        std::vector<std::string> words(count);
        for (std::string& word : words) word.assign(40, static_cast<char>('a' + random() % 20));
        std::vector<std::string> expected = words;
        std::sort(expected.begin(), expected.end());
        plait::detail::sort_by(words, [](const std::string& a, const std::string& b) { return a < b; });
        CHECK(words == expected);
        std::reverse(words.begin(), words.end());
        plait::detail::sort_by(words, [](const std::string& a, const std::string& b) { return a < b; });
        CHECK(words == expected);
    }
}
