// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>

#include "plait/kernels/elementwise.hpp"
#include "plait/kernels/gather.hpp"
#include "plait/kernels/packed_channel_values.hpp"
#include "plait/kernels/window.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Calls `visit(c, from, to, values)` for each run of whole vectors that lie so in the output: for a plane of
/// channel c, or for the group that begins with it. The same channels are at `from`, in the same order.
template <kernel_shape S, class Visit>
[[gnu::always_inline]] inline void for_runs_of_output(const kernel_call& call, float* workspace,
                                                      Visit visit) {
    constexpr int lanes = S.lanes;
    const int pixels = call.out_size.pixels();
    for (int c = 0; c < call.out_count; c += S.out_groups() ? lanes : 1) {
        float* const to = workspace + call.out[c];
        const float* from = workspace + call.in[c];
        if constexpr (S.out_groups() && !S.layout.in_whole_groups) {
            float* const gathered = workspace + call.scratch;
            gather_group<S.layout.in_step>(workspace, call.in + c, call.out_count - c, pixels, gathered);
            from = gathered;
        } else if constexpr (!S.out_groups() && S.in_groups()) {
            gather_run<S.layout.in_step>(from, pixels, to);
            from = to;
        }
        visit(c, from, to, S.out_groups() ? pixels * lanes : pixels);
    }
}

/// An activation by itself.
template <kernel_shape S>
struct activate_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        for_runs_of_output<S>(call, workspace, [](int, const float* from, float* to, int values) {
            for (int i = 0; i < values; i += S.lanes)
                simd::store(to + i, activated<S.act>(simd::load(from + i)));
        });
    }
};

/// A leaky ReLU of which each channel has its slope.
template <kernel_shape S>
struct prelu_kernel : packed_channel_values<S> {
    static constexpr int lanes = S.lanes;

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        using vector = simd::batch<float>;
        const float* const slopes = weights + call.weights;
        for_runs_of_output<S>(call, workspace, [&](int c, const float* from, float* to, int values) {
            const vector slope = S.out_groups() ? simd::load(slopes + c) : vector(slopes[c]);
            for (int i = 0; i < values; i += lanes)
                simd::store(to + i, leaky(simd::load(from + i), slope, vector(0.0F)));
        });
    }
};

/// exp(x) / sum of exp over the channels of each pixel, all less their largest. What does not lie as the
/// output does is brought there first.
template <kernel_shape S>
struct softmax_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        const int pixels = call.out_size.pixels();
        constexpr bool is_in_place = S.out_groups() ? !S.layout.in_whole_groups : S.in_groups();
        if constexpr (is_in_place) {
            for_runs_of_output<S>(call, workspace, [](int, const float* from, float* to, int values) {
                if (from == to) return;
                for (int i = 0; i < values; i += lanes) simd::store(to + i, simd::load(from + i));
            });
        }
        const int* const in = is_in_place ? call.out : call.in;
        if constexpr (S.out_groups()) {
            for (int p = 0; p < pixels; ++p) one_pixel(call, in, workspace + p * lanes);
        } else {
            for (int p = 0; p < pixels; p += lanes) pixels_of_planes(call, in, workspace + p);
        }
    }

private:
    using vector = simd::batch<float>;
    static constexpr int lanes = S.lanes;

    static void pixels_of_planes(const kernel_call& call, const int* in, float* at) {
        vector largest = simd::load(at + in[0]);
        for (int c = 1; c < call.in_count; ++c) largest = simd::maximum(largest, simd::load(at + in[c]));
        vector sum(0.0F);
        for (int c = 0; c < call.in_count; ++c) {
            const vector power = simd::exponential(simd::load(at + in[c]) - largest);
            simd::store(at + call.out[c], power);
            sum += power;
        }
        const vector scale = vector(1.0F) / sum;
        for (int c = 0; c < call.out_count; ++c)
            simd::store(at + call.out[c], simd::load(at + call.out[c]) * scale);
    }

    /// Lanes of the last group that are no channels are as if minus infinity.
    static void one_pixel(const kernel_call& call, const int* in, float* at) {
        const int count = call.out_count;
        const auto is_channel = [&](int c) { return load_mask(masks_of_lanes<lanes>.before(count - c)); };
        const vector nothing(-std::numeric_limits<float>::infinity());
        vector largest = nothing;
        for (int c = 0; c < count; c += lanes)
            largest =
                simd::maximum(largest, simd::select_bits(is_channel(c), simd::load(at + in[c]), nothing));
        const vector most(simd::largest_of_lanes(largest));
        vector sum(0.0F);
        for (int c = 0; c < count; c += lanes) {
            const vector power = simd::exponential(simd::load(at + in[c]) - most) & is_channel(c);
            simd::store(at + call.out[c], power);
            sum += power;
        }
        const vector scale = vector(1.0F) / vector(simd::sum_of_lanes(sum));
        for (int c = 0; c < count; c += lanes)
            simd::store(at + call.out[c], simd::load(at + call.out[c]) * scale);
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
