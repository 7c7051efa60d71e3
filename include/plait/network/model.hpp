// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "plait/network/packed_model.hpp"
#include "plait/network/weights.hpp"

namespace plait::inline PLAIT_TARGET {

/// A network with weights of its own. `load` makes one from a file.
template <class Network, layout_policy Policy = layout_policy{}>
class model : public packed_model<Network, native_runner<Network, Policy>, owned_weights<Network>> {
    using weights = owned_weights<Network>;
    using base = packed_model<Network, native_runner<Network, Policy>, weights>;
    explicit model(weights set) : base({}, std::move(set)) {}

public:
    using runner = typename base::runner;

    /// Without weights. Running it before all are set aborts with a sentence.
    model() : model(weights(runner::packed_size)) {}

    /// A model whose weights are all zero, to look at and to measure.
    static model zeros() { return model(weights(runner::packed_size).as_they_are()); }

    /// Sets the weights of one call of `Network::calls`, with batch norm folded in:
    /// [output][input][kernel row][kernel column], and one bias for each output.
    void set_weights(int op, const float* values, const float* bias) {
        runner::pack(op, values, bias, this->weights_.set(op));
    }
};

/// A network with packed weights that lie elsewhere, on a cache line, and outlive it: `packed[i]` is value i
/// of `runner::packed_size`.
template <class Network, layout_policy Policy = layout_policy{}>
class model_view : public packed_model<Network, native_runner<Network, Policy>, viewed_weights> {
    using base = packed_model<Network, native_runner<Network, Policy>, viewed_weights>;

public:
    explicit model_view(const float* packed) : base({}, packed) {}
};

}  // namespace plait::inline PLAIT_TARGET
