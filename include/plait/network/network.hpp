// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "plait/network/plan.hpp"
#include "plait/network/verdict.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

template <class Verdict>
concept network_is_accepted = std::is_same_v<Verdict, accepted>;

/// Inside a class template that takes the verdict, g++ 12 prints all of it.
template <class Verdict>
struct require_accepted {
    static_assert(network_is_accepted<Verdict>);
    static constexpr bool value = true;
};

}  // namespace detail

/// So many floats, aligned to a cache line.
template <int Size>
struct workspace_of {
    alignas(cache_line_bytes) float values[static_cast<unsigned>(Size)]{};
    float* data() { return values; }
};

/// A network planned under a layout policy: `where` says where every channel lies, on a machine whose vectors
/// have so many lanes.
template <class Network, layout_policy Policy = layout_policy{}, int Lanes = native_lanes>
struct planned {
    static constexpr layout_policy policy = Policy;
    static constexpr plan<Network::sizes> where = make_plan(Network::calls, Policy, Lanes);
    static constexpr int workspace_size = where.size;
};

/// A network as a type: the shape of its input and its blocks, one after another. Its facts are constants.
template <shape Input, auto... Blocks>
struct network {
    static_assert(detail::require_accepted<verdict<Input, Blocks...>>::value);

private:
    static constexpr const auto& facts = detail::recorded<Input, Blocks...>.facts;

public:
    /// How many calls, channels and outputs there are.
    static constexpr graph_sizes sizes = facts.sizes;

    static constexpr shape input = Input;
    /// Of the last block; further outputs are in `calls.outputs`.
    static constexpr shape output = facts.input_of[sizeof...(Blocks)].dimensions();
    /// Blocks of the declaration.
    static constexpr int layers = sizeof...(Blocks);

    /// Block `Index` of the declaration, from 0; a `repeat` is one.
    template <int Index>
        requires(0 <= Index && Index < layers)
    struct layer {
        static constexpr shape input = facts.input_of[Index].dimensions();
        static constexpr shape output = facts.input_of[Index + 1].dimensions();
        static constexpr feature_map output_map = facts.input_of[Index + 1];
        /// Its calls are those from `first_op` up to but not including `end_op`.
        static constexpr int first_op = facts.ops_before[Index];
        static constexpr int end_op = facts.ops_before[Index + 1];
    };

    /// The lowered form.
    static constexpr const program<sizes>& calls = detail::recorded<Input, Blocks...>.calls;

    /// Weights of convolutions and linear layers, their biases, batch norm's weights and biases; weights that
    /// two blocks share count once.
    static constexpr long long parameters = calls.total([](const op& o) { return o.parameters(); });
    /// Multiply-adds of convolutions and linear layers, for one picture.
    static constexpr long long macs = calls.total([](const op& o) { return o.macs(); });

    /// All the memory that a forward pass touches beside weights, input and output, under the default layout
    /// policy and in fp32.
    static constexpr long long workspace_bytes = sizeof(float) * planned<network>::where.size;
    struct workspace : workspace_of<planned<network>::where.size> {};
};

}  // namespace plait::inline PLAIT_TARGET
