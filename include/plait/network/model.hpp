// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/aligned_memory.hpp"
#include "plait/network/packed_model.hpp"

namespace plait::inline PLAIT_TARGET {

/// A network with weights of its own.
template <class Network, layout_policy Policy = layout_policy{}>
class model : public packed_model<Network, aligned_memory<float>, Policy> {
    using base = packed_model<Network, aligned_memory<float>, Policy>;

public:
    using runner = typename base::runner;

    /// All weights zero.
    model() : base(make_aligned<float>(runner::packed_size)) {}

    /// Sets the weights of one call of `Network::calls`, with batch norm folded in:
    /// [output][input][kernel row][kernel column], and one bias for each output.
    void set_weights(int op, const float* weights, const float* bias) {
        runner::pack(op, weights, bias, this->packed_.get());
    }
};

/// A network with packed weights that lie elsewhere, on a cache line, and outlive it.
template <class Network, layout_policy Policy = layout_policy{}>
using model_view = packed_model<Network, const float*, Policy>;

}  // namespace plait::inline PLAIT_TARGET
