// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/shape.hpp"

namespace plait::inline PLAIT_TARGET {

/// All that a kernel is told at run time: where its channels lie in the workspace, and how many there are.
struct kernel_call {
    const int* in = nullptr;     ///< offset of each input channel
    const int* other = nullptr;  ///< the same of a second operand
    const int* out = nullptr;    ///< offset of each output channel
    int in_count = 0;            ///< of each group
    int out_count = 0;           ///< of each group
    int groups = 1;
    extent in_size{};
    extent out_size{};
    long long weights = 0;  ///< offset of the packed weights
    int scratch = 0;        ///< offset of workspace that is the call's alone
    /// Of a dense convolution in planes: the input's planes, one after another, where they are not in the
    /// workspace. The last row of all is there in any case, for rows are read past their ends.
    const float* picture = nullptr;

    /// Group `g` as a call by itself; each has that many values of packed weights, one group's after
    /// another's.
    constexpr kernel_call group(int g, long long packed_values) const {
        kernel_call one = *this;
        one.in += g * in_count;
        one.out += g * out_count;
        one.weights += g * packed_values;
        one.groups = 1;
        return one;
    }
};

/// Pictures whose maps lie in equal pieces of memory, `stride` values apart.
struct picture_run {
    int count = 1;
    int stride = 0;
};

}  // namespace plait::inline PLAIT_TARGET
