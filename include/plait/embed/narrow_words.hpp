// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "plait/core/target.hpp"

// Packed values, of which those whose two words of 16 bits are bytes are kept as these: weights of int8,
// where dot products take words. Runs in turns: of values as they are, and of such; before two of them their
// lengths, of 16 bits.

namespace plait::inline PLAIT_TARGET::detail {

/// Values as narrow runs, without loss.
[[gnu::cold]] inline std::vector<std::uint8_t> narrow_words(std::span<const float> values) {
    constexpr std::size_t most = 0xffff, worth_a_run = 4;
    const auto is_narrow = [&](std::size_t i) {
        const auto bits = std::bit_cast<std::uint32_t>(values[i]);
        const auto fits = [](std::uint32_t word) { return word < 0x80U || word >= 0xff80U; };
        return fits(bits & 0xffffU) && fits(bits >> 16U);
    };
    const auto end_of = [&](std::size_t i, bool narrow) {
        const std::size_t begin = i;
        while (i < values.size() && i - begin < most && is_narrow(i) == narrow) ++i;
        return i;
    };
    std::vector<std::uint8_t> made;
    const auto put = [&](const void* from, std::size_t bytes) {
        const auto* const begin = static_cast<const std::uint8_t*>(from);
        made.insert(made.end(), begin, begin + bytes);
    };
    for (std::size_t i = 0; i < values.size();) {
        // As they are: up to a run that is worth one.
        const std::size_t first = i;
        while (i < values.size() && i - first < most && end_of(i, true) - i < worth_a_run) ++i;
        const std::size_t end = end_of(i, true);
        const std::uint16_t lengths[2]{static_cast<std::uint16_t>(i - first),
                                       static_cast<std::uint16_t>(end - i)};
        put(lengths, sizeof lengths);
        put(values.data() + first, sizeof(float) * (i - first));
        for (; i < end; ++i) {
            const auto bits = std::bit_cast<std::uint32_t>(values[i]);
            const std::uint8_t bytes[2]{static_cast<std::uint8_t>(bits & 0xffU),
                                        static_cast<std::uint8_t>(bits >> 16U & 0xffU)};
            put(bytes, sizeof bytes);
        }
    }
    return made;
}

}  // namespace plait::inline PLAIT_TARGET::detail
