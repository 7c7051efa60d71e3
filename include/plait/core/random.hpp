// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Random numbers that are the same everywhere: splitmix64. Its state is one number, which can be stored.
class random_numbers {
public:
    explicit constexpr random_numbers(std::uint64_t seed) : state_(seed) {}

    /// 64 random bits.
    constexpr std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e37'79b9'7f4a'7c15U;
        z = (z ^ (z >> 30U)) * 0xbf58'476d'1ce4'e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d0'49bb'1331'11ebU;
        return z ^ (z >> 31U);
    }
    /// From 0 up to but not including 1.
    constexpr double uniform() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
    /// From `low` up to `high`.
    constexpr double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// A whole number from 0 up to but not including `count`.
    constexpr int below(int count) {
        return static_cast<int>((next() >> 32U) * static_cast<std::uint64_t>(count) >> 32U);
    }
    /// What it goes on from.
    constexpr std::uint64_t state() const { return state_; }

private:
    std::uint64_t state_;
};

}  // namespace plait::inline PLAIT_TARGET
