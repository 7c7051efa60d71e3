// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/shape.hpp"

namespace plait::inline PLAIT_TARGET {

/// All that a kernel is told at run time: where its channels lie in the workspace, and how many there are.
struct kernel_call {
    const int* in = nullptr;     ///< offset of each input channel
    const int* other = nullptr;  ///< the same of a second operand
    const int* out = nullptr;    ///< offset of each output channel
    int in_count = 0;
    int out_count = 0;
    extent in_size{};
    extent out_size{};
    long long weights = 0;  ///< offset of the packed weights
    int scratch = 0;        ///< offset of workspace that is the call's alone
};

/// Pictures whose maps lie in equal pieces of memory, `stride` values apart.
struct picture_run {
    int count = 1;
    int stride = 0;
};

}  // namespace plait::inline PLAIT_TARGET
