// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/kernel_shape.hpp"
#include "plait/kernels/tile.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// A kernel without weights.
struct without_weights {
    static constexpr long long packed_size(const op&) { return 0; }
    static void pack(const op&, const float*, const float*, float*) {}
};

/// Mean of each channel. Single pixels lie in groups.
template <kernel_shape S>
struct global_average_pool_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        using vector = simd::batch<float>;
        constexpr int lanes = S.lanes;
        const int pixels = call.in_size.pixels();
        const float scale = 1.0F / static_cast<float>(pixels);
        if constexpr (S.layout.in_whole_groups) {
            for (int c = 0; c < call.out_count; c += lanes) {
                const float* in = workspace + call.in[c];
                vector sum(0.0F);
                for (int p = 0; p < pixels; ++p) sum += simd::load(in + p * lanes);
                simd::store(workspace + call.out[c], sum * vector(scale));
            }
        } else if constexpr (S.in_groups()) {
            for (int c = 0; c < call.out_count; ++c) {
                float sum = 0;
                for (int p = 0; p < pixels; ++p) sum += workspace[call.in[c] + p * S.layout.in_step];
                workspace[call.out[c]] = sum * scale;
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

/// activation(a + b); the input list is a's channels, then b's.
template <kernel_shape S>
struct add_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        constexpr int lanes = S.lanes;
        constexpr bool planes = !S.in_groups() && !S.out_groups();
        constexpr bool groups = S.layout.in_whole_groups && S.out_groups();
        const int pixels = call.out_size.pixels();
        const int count = call.out_count;
        if constexpr (planes || groups) {
            const int values = planes ? pixels : pixels * lanes;
            for (int c = 0; c < count; c += planes ? 1 : lanes) {
                const float* a = workspace + call.in[c];
                const float* b = workspace + call.in[count + c];
                float* to = workspace + call.out[c];
                for (int i = 0; i < values; i += lanes)
                    simd::store(to + i, activated<S.act>(simd::load(a + i) + simd::load(b + i)));
            }
        } else {
            for (int c = 0; c < count; ++c) {
                for (int p = 0; p < pixels; ++p) {
                    const int at = p * S.layout.in_step;
                    const float sum = workspace[call.in[c] + at] + workspace[call.in[count + c] + at];
                    workspace[call.out[c] + p * S.layout.out_step] = activated<S.act>(sum);
                }
            }
        }
    }
};

/// Nearest neighbour.
template <kernel_shape S>
struct upsample_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        const int width = call.in_size.width;
        const int out_row = width * S.factor * S.layout.out_step;
        for (int c = 0; c < call.out_count; ++c) {
            const float* in = workspace + call.in[c];
            float* to = workspace + call.out[c];
            for (int y = 0; y < call.in_size.height; ++y, in += width * S.layout.in_step) {
                for (int copy = 0; copy < S.factor; ++copy, to += out_row) {
                    for (int x = 0; x < width; ++x) {
                        const float value = in[x * S.layout.in_step];
                        PLAIT_UNROLL
                        for (int i = 0; i < S.factor; ++i) to[(x * S.factor + i) * S.layout.out_step] = value;
                    }
                }
            }
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
