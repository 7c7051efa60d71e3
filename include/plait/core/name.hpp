// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// A name as a template argument, such as "layer1" or "branch2.0": at most 63 characters, else it does not
/// compile. Empty where nothing is named.
struct name {
    char text[64]{};

    constexpr name() = default;
    explicit(false) consteval name(const char* words) {
        for (int i = 0; words[i]; ++i) text[i < 63 ? i : 64] = words[i];
    }

    /// Whether nothing is named.
    constexpr bool empty() const { return text[0] == 0; }
    /// Its characters.
    constexpr std::string_view view() const { return text; }

    friend constexpr bool operator==(const name&, const name&) = default;
};

}  // namespace plait::inline PLAIT_TARGET
