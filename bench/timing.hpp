// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace measure {

using clock = std::chrono::steady_clock;

inline double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

inline double median(std::vector<double> samples) {
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end());
    return *middle;
}

/// The median seconds of a call, of as many as `seconds` hold, at least one.
template <class Once>
double median_seconds(double seconds, const Once& once) {
    std::vector<double> times;
    const auto begin = clock::now();
    do {
        const auto start = clock::now();
        once();
        times.push_back(seconds_since(start));
    } while (seconds_since(begin) < seconds);
    return median(times);
}

}  // namespace measure
