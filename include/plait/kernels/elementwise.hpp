// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/group_access.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/kernel_shape.hpp"
#include "plait/kernels/window.hpp"
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
            for (int c = 0; c < call.out_count; c += lanes) {
                vector sums[as_size(lanes)];
                for (int i = 0; i < lanes; ++i)
                    sums[i] = c + i < call.out_count ? sum_of_plane(workspace + call.in[c + i], pixels)
                                                     : vector(0.0F);
                simd::transpose(sums);
                for (int half = lanes / 2; half > 0; half /= 2)
                    for (int i = 0; i < half; ++i) sums[i] += sums[i + half];
                simd::store(workspace + call.out[c], sums[0] * vector(scale));
            }
        }
    }

    /// Several pictures, one after another.
    static void run(const kernel_call& call, const float* weights, float* workspace,
                    picture_run pictures) requires(S.takes_pictures()) {
        for (int i = 0; i < pictures.count; ++i) run(call, weights, workspace + i * pictures.stride);
    }

private:
    /// Lane by lane.
    static simd::batch<float> sum_of_plane(const float* in, int pixels) {
        constexpr int lanes = S.lanes;
        simd::batch<float> sum(0.0F);
        int p = 0;
        for (; p + lanes <= pixels; p += lanes) sum += simd::load(in + p);
        if (p < pixels) sum += simd::load(in + p) & load_mask(masks_of_lanes<lanes>.before(pixels - p));
        return sum;
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
