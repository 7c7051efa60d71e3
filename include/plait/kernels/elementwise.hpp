// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/kernels/group_access.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/kernel_shape.hpp"
#include "plait/kernels/window.hpp"
#include "plait/kernels/without_weights.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// The sum of so many vectors.
[[gnu::always_inline]] inline simd::batch<float> sum_of_vectors(const float* from, int count) {
    using vector = simd::batch<float>;
    constexpr int lanes = simd::lanes<float>;
    constexpr int parts = 4;  // sums that need not wait for each other
    vector sum[as_size(parts)];
    PLAIT_UNROLL
    for (vector& part : sum) part = vector(0.0F);
    for (; count >= parts; count -= parts, from += parts * lanes) {
        PLAIT_UNROLL
        for (int part = 0; part < parts; ++part) sum[part] += simd::load(from + part * lanes);
    }
    for (; count > 0; --count, from += lanes) sum[0] += simd::load(from);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/// Mean of each channel. Single pixels lie in groups.
template <kernel_shape S>
struct global_average_pool_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        constexpr int lanes = S.lanes;
        const int pixels = call.in_size.pixels();
        const float scale = 1.0F / static_cast<float>(pixels);
        if constexpr (S.in_groups()) {
            for (int c = 0; c < call.out_count; c += lanes) {
                const float* in = read_group<S.layout.in_step, S.layout.in_whole_groups>(
                    workspace, call.in + c, call.out_count - c, pixels, workspace + call.scratch);
                simd::store(workspace + call.out[c], sum_of_vectors(in, pixels) * simd::batch<float>(scale));
            }
        } else {
            for (int c = 0; c < call.out_count; c += lanes) {
                simd::batch<float> sums[as_size(lanes)];
                for (int i = 0; i < lanes; ++i)
                    sums[i] = c + i < call.out_count ? sum_of_plane(workspace + call.in[c + i], pixels)
                                                     : simd::batch<float>(0.0F);
                simd::transpose(sums);
                for (int half = lanes / 2; half > 0; half /= 2)
                    for (int i = 0; i < half; ++i) sums[i] += sums[i + half];
                simd::store(workspace + call.out[c], sums[0] * simd::batch<float>(scale));
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
        const int p = pixels / lanes * lanes;
        simd::batch<float> sum = sum_of_vectors(in, pixels / lanes);
        if (p < pixels) sum += simd::load(in + p) & load_mask(masks_of_lanes<lanes>.before(pixels - p));
        return sum;
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
