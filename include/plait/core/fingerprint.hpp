// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// A number for a list of numbers, another one for another list: FNV-1a of their bytes, least first.
class fingerprint {
public:
    /// One more number of the list.
    constexpr void add(std::int64_t number) {
        for (int byte = 0; byte < 8; ++byte)
            value_ = (value_ ^ (static_cast<std::uint64_t>(number) >> (8 * byte) & 0xffU)) * 0x100'0000'01b3U;
    }
    /// Of the numbers so far.
    constexpr std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0xcbf2'9ce4'8422'2325U;
};

}  // namespace plait::inline PLAIT_TARGET
