// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// 'text', cut where it is long and with no control character, fit for a sentence.
[[gnu::cold]] inline std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 100;
    std::string clean(text.substr(0, longest));
    std::replace_if(
        clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; },
        '?');
    return "'" + clean + (text.size() > longest ? "..." : "") + "'";
}

}  // namespace plait::inline PLAIT_TARGET::detail
