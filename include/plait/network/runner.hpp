// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "plait/network/batch_executor.hpp"

namespace plait::inline PLAIT_TARGET {

/// Who runs a model: here the kernels that are compiled where it is used. `dispatched` has another, of the
/// same functions, which asks a unit that was compiled for one instruction set.
template <class Network, layout_policy Policy = layout_policy{}>
struct native_runner : executor<Network, Policy> {
    using single = executor<Network, Policy>;
    using batches = batch_executor<Network, Policy>;
    using workspace = std::conditional_t<Policy == layout_policy{}, typename Network::workspace,
                                         workspace_of<single::workspace_size>>;
    /// Floats that a batch needs beside a workspace.
    static constexpr int kept_size = batches::kept_size;

    /// As of `batch_executor`.
    template <class Put, class Take>
    static void forward_batch(int count, Put put, Take take, const float* packed, float* workspace,
                              float* keep) {
        batches::forward(count, put, take, packed, workspace, keep);
    }
};

}  // namespace plait::inline PLAIT_TARGET
