// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "plait/kernels/gather.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/window.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Groups out: vectors run along channels, taps outside the plane are skipped.
template <kernel_shape S>
struct window_groups {
    static constexpr int taps_of_window = S.kernel * S.kernel;
    using rule = window_rule<S.kind, taps_of_window>;
    using vector = simd::batch<float>;
    static constexpr int lanes = S.lanes;

    /// Per group: [tap][lane], then the bias.
    static constexpr long long packed_size(const op& o) {
        return 1LL * rounded_up(o.out.count, lanes) * rule::packed;
    }

    static void pack(const op& o, const float* weights, const float* bias, float* to) {
        if constexpr (rule::packed > 0) {
            for (int begin = 0; begin < o.out.count; begin += lanes) {
                for (int t = 0; t <= taps_of_window; ++t) {
                    for (int c = begin; c < begin + lanes; ++c) {
                        const bool real = c < o.out.count;
                        const float value = !real                ? 0
                                            : t < taps_of_window ? weights[c * taps_of_window + t]
                                                                 : bias[c];
                        *to++ = value;
                    }
                }
            }
        }
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const float* packed = weights + call.weights;
        for (int begin = 0; begin < call.out_count; begin += lanes, packed += rule::packed * lanes) {
            const float* in = workspace + call.in[begin];
            if constexpr (!S.layout.in_whole_groups) {
                const int count = call.out_count - begin < lanes ? call.out_count - begin : lanes;
                constexpr int pixels = S.size.pixels();  // clang 14 miscompiles it where it is no constant
                gather_group<S.layout.in_step>(workspace, call.in + begin, count, pixels,
                                               workspace + call.scratch);
                in = workspace + call.scratch;
            }
            sweep(in, packed, workspace + call.out[begin]);
        }
    }

private:
    static constexpr extent out = S.size / S.stride;
    static constexpr balanced cut = balanced::into(out.width, native_registers == 32 ? 8 : 4);

    static void sweep(const float* in, const float* packed, float* to) {
        for (int y = 0; y < out.height; ++y) {
            constexpr auto blocks = std::make_integer_sequence<int, cut.blocks>{};
            [&]<int... Block>(std::integer_sequence<int, Block...>) {
                (columns<Block>(in, packed, to, y), ...);
            }
            (blocks);
        }
    }

    template <int Block>
    [[gnu::always_inline]] static inline void columns(const float* in, const float* packed, float* to,
                                                      int y) {
        constexpr int full = Block < cut.full ? Block : cut.full;
        constexpr int begin = full * cut.size + (Block - full) * (cut.size - 1);
        constexpr int width = Block < cut.full ? cut.size : cut.size - 1;
        vector sum[width];
        vector start = vector(rule::outside);
        if constexpr (rule::packed > 0) start = simd::load(packed + taps_of_window * lanes);
        PLAIT_UNROLL
        for (int x = 0; x < width; ++x) sum[x] = start;
        PLAIT_UNROLL
        for (int dy = 0; dy < S.kernel; ++dy) {
            const int row = y * S.stride + dy - S.kernel / 2;
            if (row < 0 || row >= S.size.height) continue;
            vector weight[S.kernel];
            PLAIT_UNROLL
            for (int dx = 0; dx < S.kernel; ++dx) {
                if constexpr (rule::packed > 0)
                    weight[dx] = simd::pinned(simd::load(packed + (dy * S.kernel + dx) * lanes));
            }
            PLAIT_UNROLL
            for (int i = 0; i < (width - 1) * S.stride + S.kernel; ++i) {
                const int column = begin * S.stride - S.kernel / 2 + i;
                if (column < 0 || column >= S.size.width) continue;
                const vector value = simd::pinned(simd::load(in + (row * S.size.width + column) * lanes));
                PLAIT_UNROLL
                for (int dx = 0; dx < S.kernel; ++dx) {
                    const int x = (i - dx) / S.stride;
                    if (i < dx || (i - dx) % S.stride != 0 || x >= width) continue;
                    sum[x] = rule::take(sum[x], value, weight[dx]);
                }
            }
        }
        PLAIT_UNROLL
        for (int x = 0; x < width; ++x) {
            const int pixel = y * out.width + begin + x;
            vector made = rule::finish(sum[x]);
            if constexpr (leaves_padding_out<S>) made *= vector(factors_inside<S>.of[pixel]);
            simd::store(to + pixel * lanes, activated<S.act>(made));
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
