// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string_view>

#include "plait/core/text.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// 'words', cut where they are long and with no control character, fit for a sentence.
[[gnu::cold]] inline text in_quotes(std::string_view words) {
    constexpr std::size_t longest = 100;
    text clean("'");
    for (const char c : words.size() > longest ? std::string_view(words.data(), longest) : words) {
        const bool is_control = static_cast<unsigned char>(c) < 32 || c == 127;
        clean.add_byte(is_control ? '?' : c);
    }
    clean << (words.size() > longest ? "...'" : "'");
    return clean;
}

}  // namespace plait::inline PLAIT_TARGET::detail
