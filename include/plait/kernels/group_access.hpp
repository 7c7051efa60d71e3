// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/shape.hpp"
#include "plait/kernels/gather.hpp"
#include "plait/kernels/gathered.hpp"

// Kernels that take maps in any layout work on groups, [pixel][lane]: here is how they come to one and leave
// it again.

namespace plait::inline PLAIT_TARGET::detail {

/// Channels as one group: where they lie if that is a whole group, else gathered to `scratch`.
template <int Step, bool IsWhole>
inline const float* read_group(const float* workspace, const int* channels, int count, int pixels,
                               float* scratch) {
    if constexpr (IsWhole) {
        return workspace + channels[0];
    } else {
        const int lanes = simd::lanes<float>;
        gather_group<Step>(workspace, channels, count < lanes ? count : lanes, pixels, scratch);
        return scratch;
    }
}

/// Writes a group whose vector of pixel (y, x) is `make(y, x)`, as a group or as planes.
template <int Step, class Make>
[[gnu::always_inline]] inline void write_group(float* workspace, const int* channels, int count, extent size,
                                               Make make) {
    constexpr int lanes = simd::lanes<float>;
    if constexpr (Step > 1) {
        float* to = workspace + channels[0];
        for (int y = 0; y < size.height; ++y)
            for (int x = 0; x < size.width; ++x, to += lanes) simd::store(to, make(y, x));
    } else {
        const int pixels = size.pixels();
        int y = 0;
        int x = 0;
        for (int p = 0; p < pixels; p += lanes) {
            simd::batch<float> block[as_size(lanes)];
            for (simd::batch<float>& pixel : block) {
                pixel = y < size.height ? make(y, x) : simd::batch<float>(0.0F);
                if (++x == size.width) x = 0, ++y;
            }
            simd::transpose(block);
            for (int c = 0; c < lanes && c < count; ++c) simd::store(workspace + channels[c] + p, block[c]);
        }
    }
}

}  // namespace plait::inline PLAIT_TARGET::detail
