// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/graph/op.hpp"
#include "plait/kernels/kernel_shape.hpp"
#include "plait/kernels/tile.hpp"

// Weights as tiles read them: a panel for each block of a tile's rows, one after another.

namespace plait::inline PLAIT_TARGET::detail {

/// Packs the weights of a convolution group by group, each by `pack_group(weights, bias, to)` into that many
/// values.
template <class PackGroup>
void pack_groups(const op& o, long long packed_values, const float* weights, const float* bias, float* to,
                 PackGroup pack_group) {
    for (int g = 0; g < o.groups; ++g) {
        pack_group(weights, bias, to);
        weights += 1LL * o.group_outputs() * o.fan_in();
        bias += o.group_outputs();
        to += packed_values;
    }
}

/// Planes: bias, then [depth][row]. Weights come as [output][depth].
template <kernel_shape S>
void pack_plane_panels(int outputs, int depth, const float* weights, const float* bias, float* to) {
    for_each_block<S.rows, S.uneven_rows>(outputs, S.most_rows, [&](auto rows, int begin) {
        for (int r = 0; r < rows; ++r) *to++ = bias[begin + r];
        for (int k = 0; k < depth; ++k) {
            for (int r = 0; r < rows; ++r) *to++ = weights[(begin + r) * depth + k];
        }
    });
}

/// Groups: the same with rows of vectors, padded with zeros; `weight(output, k)` has the value.
template <class Weight>
void pack_group_panels(const kernel_shape& s, int outputs, int depth, Weight weight, const float* bias,
                       float* to) {
    const balanced cut = balanced::into((outputs + s.lanes - 1) / s.lanes, s.most_rows);
    int begin = 0;
    for (int block = 0; block < cut.blocks; ++block) {
        const int end = begin + (block < cut.full ? cut.size : cut.size - 1) * s.lanes;
        for (int r = begin; r < end; ++r) *to++ = r < outputs ? bias[r] : 0.0F;
        for (int k = 0; k < depth; ++k) {
            for (int r = begin; r < end; ++r) *to++ = r < outputs ? weight(r, k) : 0.0F;
        }
        begin = end;
    }
}

/// Weights that come as [output][input].
struct weights_by_input {
    const float* weights;
    int inputs;

    float operator()(int output, int input) const { return weights[1LL * output * inputs + input]; }
};

/// Packing of kernels whose weights come as [output][input], of as many inputs as an output sums over, and
/// whose outputs are groups.
template <kernel_shape S>
struct packs_groups {
    static constexpr long long packed_size(const op& o) {
        return o.groups * values_of_group(o.group_outputs(), o.fan_in());
    }

    static void pack(const op& o, const float* weights, const float* bias, float* to) {
        const int inputs = o.fan_in();
        const auto pack_one = [&](const float* from, const float* bias_from, float* put) {
            pack_group_panels(S, o.group_outputs(), inputs, weights_by_input{from, inputs}, bias_from, put);
        };
        pack_groups(o, values_of_group(o.group_outputs(), inputs), weights, bias, to, pack_one);
    }

protected:
    /// Packed values of each group of so many outputs.
    static constexpr long long values_of_group(int outputs, int inputs) {
        return 1LL * rounded_up(outputs, S.lanes) * (inputs + 1);
    }
};

/// Sums of a tile in planes, from the bias of its panel.
template <int Rows, int Columns>
[[gnu::always_inline]] inline void begin_tile(simd::batch<float> (&sum)[as_size(Rows)][as_size(Columns)],
                                              const float* bias) {
    PLAIT_UNROLL
    for (int r = 0; r < Rows; ++r) {
        PLAIT_UNROLL
        for (int c = 0; c < Columns; ++c) sum[r][c] = simd::batch<float>(bias[r]);
    }
}

/// One step in depth of a tile in planes: every row's weight with every vector of pixels.
template <int Rows, int Columns>
[[gnu::always_inline]] inline void step_tile(simd::batch<float> (&sum)[as_size(Rows)][as_size(Columns)],
                                             const simd::batch<float> (&x)[as_size(Columns)],
                                             const float* weight) {
    PLAIT_UNROLL
    for (int r = 0; r < Rows; ++r) {
        const simd::batch<float> w = simd::pinned(simd::batch<float>(weight[r]));
        PLAIT_UNROLL
        for (int c = 0; c < Columns; ++c) sum[r][c] = simd::multiply_add(w, x[c], sum[r][c]);
    }
}

}  // namespace plait::inline PLAIT_TARGET::detail
