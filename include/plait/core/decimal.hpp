// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <charconv>
#include <cstddef>
#include <string>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// How `decimal` writes a number: digits behind the point, and letters in all, at least.
struct digits {
    int places = 0;
    std::size_t width = 0;
};

/// The number rounded, to the right where it is wide; its point is a point in any locale.
inline std::string decimal(double value, digits form) {
    char letters[400];
    char* const end =
        std::to_chars(letters, letters + sizeof letters, value, std::chars_format::fixed, form.places).ptr;
    std::string text(letters, end);
    if (text.size() < form.width) text.insert(0, form.width - text.size(), ' ');
    return text;
}

/// The number with at most so many digits that count, as "%g" writes it where a point is a point.
inline std::string short_decimal(double value, int significant = 6) {
    char letters[32];
    return {
        letters,
        std::to_chars(letters, letters + sizeof letters, value, std::chars_format::general, significant).ptr};
}

}  // namespace plait::inline PLAIT_TARGET
