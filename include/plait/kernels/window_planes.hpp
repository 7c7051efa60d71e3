// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/window_flat.hpp"
#include "plait/kernels/window_padded.hpp"
#include "plait/kernels/window_path.hpp"
#include "plait/kernels/window_rows.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Planes in, planes out.
template <kernel_shape S>
struct window_planes {
    static constexpr int taps_of_window = S.window.taps();
    using rule = window_rule<S.kind, taps_of_window>;

    static constexpr long long packed_size(const op& o) { return rounded_up(o.out.count * rule::packed, 16); }

    static void pack(const op& o, const float* weights, const float* bias, float* to) {
        if constexpr (rule::packed > 0) {
            for (int c = 0; c < o.out.count; ++c) {
                for (int t = 0; t < taps_of_window; ++t) *to++ = weights[c * taps_of_window + t];
                *to++ = bias[c];
            }
        }
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const auto sweep = [&](int c, const float* in, auto way) {
            float* const to = workspace + call.out[c];
            decltype(way)::sweep(in, weights + call.weights + c * rule::packed, to);
            if constexpr (has_taps_that_do_not_count<S>()) {
                const auto& factors = factors_of_mean<S>;
                for (int i = 0; i < factors.values; i += S.lanes)
                    simd::store(to + i, simd::load(to + i) * simd::load(factors.of + i));
            }
        };
        if constexpr (path_of(S) == window_path::split_flat || path_of(S) == window_path::padded) {
            using way =
                std::conditional_t<path_of(S) == window_path::padded, padded_window<S>, flat_window<S>>;
            float* const scratch = workspace + call.scratch;
            for (int begin = 0; begin < call.out_count; begin += split_channels) {
                const int end =
                    begin + split_channels < call.out_count ? begin + split_channels : call.out_count;
                for (int c = begin; c < end; ++c)
                    way::split(workspace + call.in[c], scratch + (c - begin) * way::split_size);
                for (int c = begin; c < end; ++c) sweep(c, scratch + (c - begin) * way::split_size, way{});
            }
        } else {
            using way = std::conditional_t<path_of(S) == window_path::rows, row_window<S>,
                                           std::conditional_t<path_of(S) == window_path::even_odd_rows,
                                                              even_odd_window<S>, flat_window<S>>>;
            for (int c = 0; c < call.out_count; ++c) sweep(c, workspace + call.in[c], way{});
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
