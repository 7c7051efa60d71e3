// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/group_access.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/kernel_shape.hpp"
#include "plait/kernels/tile.hpp"
#include "plait/kernels/without_weights.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Mean of each channel. Single pixels lie in groups.
template <kernel_shape S>
struct global_average_pool_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        using vector = simd::batch<float>;
        constexpr int lanes = S.lanes;
        const int pixels = call.in_size.pixels();
        const float scale = 1.0F / static_cast<float>(pixels);
        if constexpr (S.in_groups()) {
            for (int c = 0; c < call.out_count; c += lanes) {
                const float* in = read_group<S.layout.in_step, S.layout.in_whole_groups>(
                    workspace, call.in + c, call.out_count - c, pixels, workspace + call.scratch);
                vector sum(0.0F);
                for (int p = 0; p < pixels; ++p) sum += simd::load(in + p * lanes);
                simd::store(workspace + call.out[c], sum * vector(scale));
            }
        } else {
            for (int c = 0; c < call.out_count; ++c) {
                const float* in = workspace + call.in[c];
                vector sum(0.0F);
                int p = 0;
                for (; p + lanes <= pixels; p += lanes) sum += simd::load(in + p);
                float total = simd::sum_of_lanes(sum);
                for (; p < pixels; ++p) total += in[p];
                workspace[call.out[c]] = total * scale;
            }
        }
    }

    /// Several pictures, one after another.
    static void run(const kernel_call& call, const float* weights, float* workspace,
                    picture_run pictures) requires(S.takes_pictures()) {
        for (int i = 0; i < pictures.count; ++i) run(call, weights, workspace + i * pictures.stride);
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
