// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/group_access.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/without_weights.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Depth to space: pixel (i, j) of each square of the output is of channel i * factor + j among those that
/// make the channel.
template <kernel_shape S>
struct pixel_shuffle_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        constexpr int lanes = S.lanes;
        constexpr int phases = S.factor * S.factor;
        const int width = call.in_size.width;
        const int pixels = call.in_size.pixels();
        const int of_phase = gathered_values(pixels, lanes);
        float* gathered = workspace + call.scratch;
        for (int c = 0; c < call.out_count; c += lanes) {
            const int count = call.out_count - c < lanes ? call.out_count - c : lanes;
            for (int phase = 0; phase < phases; ++phase) {
                int channels[as_size(lanes)]{};
                for (int lane = 0; lane < count; ++lane)
                    channels[lane] = call.in[(c + lane) * phases + phase];
                gather_group<S.layout.in_step>(workspace, channels, count, pixels,
                                               gathered + phase * of_phase);
            }
            write_group<S.layout.out_step>(workspace, call.out + c, count, call.out_size, [&](int y, int x) {
                const int phase = y % S.factor * S.factor + x % S.factor;
                const int pixel = y / S.factor * width + x / S.factor;
                return simd::load(gathered + phase * of_phase + pixel * lanes);
            });
        }
    }
};

/// Space to depth: what `pixel_shuffle_kernel` undoes. Outputs in groups come by way of planes, since the
/// channels of one phase lie `factor` x `factor` channels apart.
template <kernel_shape S>
struct pixel_unshuffle_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        constexpr int lanes = S.lanes;
        const int pixels = call.out_size.pixels();
        const int pitch = plane_pitch(pixels);
        const int first_plane = call.scratch + gathered_values(call.in_size.pixels(), lanes);
        float* gathered = workspace + first_plane + lanes * phases * pitch;
        int channels[as_size(lanes * phases)]{};
        for (int c = 0; c < call.in_count; c += lanes) {
            const int made = phases * (call.in_count - c < lanes ? call.in_count - c : lanes);
            const int* out = call.out + c * phases;
            if constexpr (S.out_groups()) {
                for (int i = 0; i < made; ++i) channels[i] = first_plane + i * pitch;
                make_planes(call, c, channels, workspace);
                for (int i = 0; i < made; i += lanes) {
                    gather_group<1>(workspace, channels + i, made - i < lanes ? made - i : lanes, pixels,
                                    gathered);
                    write_group<lanes>(workspace, out + i, lanes, call.out_size, [&](int y, int x) {
                        return simd::load(gathered + (y * call.out_size.width + x) * lanes);
                    });
                }
            } else {
                make_planes(call, c, out, workspace);
            }
        }
    }

private:
    static constexpr int phases = S.factor * S.factor;

    static void make_planes(const kernel_call& call, int c, const int* planes, float* workspace) {
        constexpr int lanes = S.lanes;
        const int width = call.in_size.width;
        const int count = call.in_count - c < lanes ? call.in_count - c : lanes;
        const float* in = read_group<S.layout.in_step, S.layout.in_whole_groups>(
            workspace, call.in + c, count, call.in_size.pixels(), workspace + call.scratch);
        for (int phase = 0; phase < phases; ++phase) {
            int channels[as_size(lanes)]{};
            for (int lane = 0; lane < count; ++lane) channels[lane] = planes[lane * phases + phase];
            const float* first = in + (phase / S.factor * width + phase % S.factor) * lanes;
            write_group<1>(workspace, channels, count, call.out_size, [&](int y, int x) {
                return simd::load(first + (y * width + x) * S.factor * lanes);
            });
        }
    }
};

/// One number everywhere.
template <kernel_shape S>
struct fill_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        constexpr int lanes = S.lanes;
        constexpr bool groups = S.out_groups();
        const int values = call.out_size.pixels() * (groups ? lanes : 1);
        for (int c = 0; c < call.out_count; c += groups ? lanes : 1)
            for (int i = 0; i < values; i += lanes)
                simd::store(workspace + call.out[c] + i, simd::batch<float>(0.0F));
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
