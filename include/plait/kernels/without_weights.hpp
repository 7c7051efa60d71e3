// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/op.hpp"
#include "plait/kernels/kernel_call.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// A kernel without weights.
struct without_weights {
    static constexpr long long packed_size(const op&) { return 0; }
    static void pack(const op&, const float*, const float*, float*) {}
};

/// Of what is there before the first call.
struct nothing_to_run : without_weights {
    static void run(const kernel_call&, const float*, float*) {}
};

}  // namespace plait::inline PLAIT_TARGET::detail
