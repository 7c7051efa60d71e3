// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>

#include "plait/kernels/group_access.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/without_weights.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// The largest value of each channel, not a number where one is none. Single pixels lie in groups.
template <kernel_shape S>
struct global_max_pool_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        constexpr int lanes = S.lanes;
        const int pixels = call.in_size.pixels();
        for (int c = 0; c < call.out_count; c += lanes) {
            const float* in = read_group<S.layout.in_step, S.layout.in_whole_groups>(
                workspace, call.in + c, call.out_count - c, pixels, workspace + call.scratch);
            simd::batch<float> most(-std::numeric_limits<float>::infinity());
            for (int p = 0; p < pixels; ++p) most = simd::maximum_or_nan(most, simd::load(in + p * lanes));
            simd::store(workspace + call.out[c], most);
        }
    }

    /// Several pictures, one after another.
    static void run(const kernel_call& call, const float* weights, float* workspace,
                    picture_run pictures) requires(S.takes_pictures()) {
        for (int i = 0; i < pictures.count; ++i) run(call, weights, workspace + i * pictures.stride);
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
