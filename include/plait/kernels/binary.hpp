// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "plait/kernels/group_access.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/packed_channel_values.hpp"
#include "plait/kernels/tile.hpp"
#include "plait/kernels/without_weights.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// What the operation makes of a map's values and the other operand's.
template <binary How>
[[gnu::always_inline]] inline simd::batch<float> combined(simd::batch<float> map, simd::batch<float> other) {
    using enum binary_operation;
    const simd::batch<float> a = How.other_first ? other : map;
    const simd::batch<float> b = How.other_first ? map : other;
    if constexpr (How.operation == add)
        return a + b;
    else if constexpr (How.operation == subtract)
        return a - b;
    else if constexpr (How.operation == multiply)
        return a * b;
    else if constexpr (How.operation == divide)
        return a / b;
    else if constexpr (How.operation == maximum)
        return simd::maximum_or_nan(a, b);
    else
        return -simd::maximum_or_nan(-a, -b);
}

/// Of the kernel of a binary operation: what it reads beside maps.
template <kernel_shape S>
using binary_values =
    std::conditional_t<S.binary.other == operand::channel_values, packed_channel_values<S>, without_weights>;

/// activation(map operation other), value by value.
template <kernel_shape S>
struct binary_kernel : binary_values<S> {
    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        constexpr int lanes = S.lanes;
        const float* const values = weights + call.weights;
        for (int c = 0; c < call.out_count; c += S.out_groups() || !combines_in_place(S) ? lanes : 1) {
            if constexpr (!combines_in_place(S))
                through_groups(call, c, values, workspace);
            else if constexpr (S.out_groups())
                one_group(call, c, values, workspace);
            else
                one_plane(call, c, values, workspace);
        }
    }

private:
    using vector = simd::batch<float>;

    [[gnu::always_inline]] static inline vector made(vector map, vector other) {
        return activated<S.act>(combined<S.binary>(map, other));
    }
    static constexpr auto number = static_cast<float>(double{S.binary.constant});
    static vector constant() { return vector(number); }
    /// Of a call's own values those of a group of channels, or the constant.
    static vector of_group(const float* values, int c) {
        return S.binary.other == operand::constant ? constant() : simd::load(values + c);
    }

    static void one_plane(const kernel_call& call, int c, const float* values, float* workspace) {
        const float* map = workspace + call.in[c];
        float* to = workspace + call.out[c];
        const int pixels = call.out_size.pixels();
        if constexpr (S.binary.other == operand::map || S.binary.other == operand::one_a_pixel) {
            const float* other = workspace + call.other[S.binary.other == operand::map ? c : 0];
            for (int p = 0; p < pixels; p += S.lanes)
                simd::store(to + p, made(simd::load(map + p), simd::load(other + p)));
        } else {
            const vector other = S.binary.other == operand::constant        ? constant()
                                 : S.binary.other == operand::one_a_channel ? vector(workspace[call.other[c]])
                                                                            : vector(values[c]);
            for (int p = 0; p < pixels; p += S.lanes) simd::store(to + p, made(simd::load(map + p), other));
        }
    }

    static void one_group(const kernel_call& call, int c, const float* own, float* workspace) {
        constexpr int lanes = S.lanes;
        const float* map = workspace + call.in[c];
        float* to = workspace + call.out[c];
        const int values = call.out_size.pixels() * lanes;
        if constexpr (S.binary.other == operand::map) {
            const float* other = workspace + call.other[c];
            for (int i = 0; i < values; i += lanes)
                simd::store(to + i, made(simd::load(map + i), simd::load(other + i)));
        } else if constexpr (S.binary.other == operand::one_a_pixel) {
            const float* other = workspace + call.other[0];
            for (int i = 0; i < values; i += lanes)
                simd::store(to + i, made(simd::load(map + i), vector(other[i])));
        } else {
            const vector other = S.binary.other == operand::one_a_channel
                                     ? simd::load(workspace + call.other[c])
                                     : of_group(own, c);
            for (int i = 0; i < values; i += lanes) simd::store(to + i, made(simd::load(map + i), other));
        }
    }

    /// Operands that lie anywhere are gathered, a group at a time.
    static void through_groups(const kernel_call& call, int c, const float* values, float* workspace) {
        constexpr int lanes = S.lanes;
        constexpr int step = S.layout.in_step;
        const int count = call.out_count - c;
        const int pixels = call.out_size.pixels();
        const int width = call.out_size.width;
        float* scratch = workspace + call.scratch;
        float* second_scratch = scratch + gathered_values(pixels, lanes);
        const float* map =
            read_group<step, S.layout.in_whole_groups>(workspace, call.in + c, count, pixels, scratch);
        const auto write = [&](auto other_of) {
            write_group<S.layout.out_step>(workspace, call.out + c, count, call.out_size, [&](int y, int x) {
                const int p = y * width + x;
                return made(simd::load(map + p * lanes), other_of(p));
            });
        };
        if constexpr (S.binary.other == operand::map) {
            const float* other = read_group<step, S.layout.in_whole_groups>(workspace, call.other + c, count,
                                                                            pixels, second_scratch);
            write([&](int p) { return simd::load(other + p * lanes); });
        } else if constexpr (S.binary.other == operand::one_a_pixel) {
            const float* other = workspace + call.other[0];
            write([&](int p) { return vector(other[p * step]); });
        } else if constexpr (S.binary.other == operand::one_a_channel) {
            gather_group<lanes>(workspace, call.other + c, count < lanes ? count : lanes, 1, second_scratch);
            const vector other = simd::load(second_scratch);
            write([&](int) { return other; });
        } else {
            const vector other = of_group(values, c);
            write([&](int) { return other; });
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
