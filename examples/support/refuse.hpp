// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>

namespace examples {

inline constexpr int bad_input = 2;

/// Prints the sentence on one line of stderr; returns the exit status.
inline int refuse(std::string sentence) {
    std::replace_if(
        sentence.begin(), sentence.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
    std::fprintf(stderr, "%s\n", sentence.c_str());
    return bad_input;
}

}  // namespace examples
