// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>

#include "plait/core/as_size.hpp"
#include "plait/simd/batch.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Copies `count` channels from anywhere into one group: [pixel][lane]. Lanes without a channel become zero.
/// `Step` is the distance between pixels of a channel: 1 in planes. Writes whole vectors of pixels.
template <int Step>
inline void gather_group(const float* workspace, const int* channels, int count, int pixels, float* to) {
    constexpr int lanes = simd::lanes<float>;
    if constexpr (Step == 1) {
        for (int p = 0; p < pixels; p += lanes) {
            simd::batch<float> block[as_size(lanes)];
            for (int c = 0; c < lanes; ++c)
                block[c] = c < count ? simd::load(workspace + channels[c] + p) : simd::batch<float>(0.0F);
            simd::transpose(block);
            for (int i = 0; i < lanes; ++i) simd::store(to + (p + i) * lanes, block[i]);
        }
    } else {
        alignas(cache_line_bytes) int from[as_size(lanes)];
        alignas(cache_line_bytes) float all_bits[as_size(lanes)];
        for (int c = 0; c < lanes; ++c) {
            from[c] = channels[c < count ? c : 0];
            all_bits[c] = std::bit_cast<float>(c < count ? ~0U : 0U);
        }
        const simd::batch<float> is_there = simd::load(all_bits);
        for (int p = 0; p < pixels; ++p)
            simd::store(to + p * lanes, simd::gather(workspace + p * Step, from) & is_there);
    }
}

/// Copies `count` values that lie `Step` apart. Writes whole vectors: past the last value, that value again.
template <int Step>
inline void gather_run(const float* from, int count, float* to) {
    constexpr int lanes = simd::lanes<float>;
    for (int i = 0; i < count; i += lanes) {
        alignas(cache_line_bytes) int at[as_size(lanes)];
        const int last = count - 1 - i;
        for (int lane = 0; lane < lanes; ++lane) at[lane] = (lane < last ? lane : last) * Step;
        simd::store_unaligned(to + i, simd::gather(from + i * Step, at));
    }
}

}  // namespace plait::inline PLAIT_TARGET::detail
