// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "plait/network/parameters.hpp"
#include "plait/network/plan.hpp"
#include "plait/network/refused.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

template <class Refusal>
concept network_is_accepted = std::is_same_v<Refusal, accepted>;

/// Inside a class template that takes the refusal, g++ 12 prints all of it.
template <class Refusal>
struct require_accepted {
    static_assert(network_is_accepted<Refusal>);
};

/// What is known of an accepted network. Of a refused one, which has been said, it is that of a network
/// without blocks, so that compilers say no more.
template <bool IsAccepted, shape Input, auto... Blocks>
struct lowered {
    static constexpr const auto& written = recorded<Input, Blocks...>.program;
    static constexpr const auto& facts = recorded<Input, Blocks...>.facts;
    static constexpr const auto& form = fused<Input, Blocks...>;
};
template <shape Input, auto... Blocks>
struct lowered<false, Input, Blocks...> : lowered<true, shape{1, 1, 1}> {};

}  // namespace detail

/// So many floats, aligned to a cache line.
template <int Size>
struct workspace_of {
    alignas(cache_line_bytes) float values[static_cast<unsigned>(Size)]{};
    float* data() { return values; }
};

/// A network as a type: the shape of its input and its blocks, one after another. Its facts are constants.
template <shape Input, auto... Blocks>
struct network : private detail::require_accepted<refusal_of<Input, Blocks...>> {
private:
    static constexpr bool can_be = detail::network_is_accepted<refusal_of<Input, Blocks...>>;
    using lowered = detail::lowered<can_be, Input, Blocks...>;
    static constexpr const auto& form = lowered::form;

public:
    /// As its blocks wrote it: convolution, norm and activation each a call, with the names of their tensors.
    static constexpr const auto& written = lowered::written;

    /// As kernels run it: what one kernel computes is one call.
    static constexpr const auto& calls = form.calls;
    /// How many calls, channels and outputs there are.
    static constexpr graph_sizes sizes = std::remove_cvref_t<decltype(calls)>::sizes;

    /// Of the first input.
    static constexpr shape input = Input;
    /// How many inputs it has; those beyond the first are what its blocks asked for.
    static constexpr int input_count = calls.input_count();
    /// The shape of input `Index`.
    template <int Index>
        requires(0 <= Index && Index < input_count)
    static constexpr shape input_shape = calls.input_map(Index).dimensions();
    /// Of the last block; further outputs are in `calls.outputs`.
    static constexpr shape output = calls.outputs[sizes.outputs - 1].dimensions();
    /// Blocks of the declaration.
    static constexpr int layers = sizeof...(Blocks);

    /// Block `Index` of the declaration, from 0; a `repeat` is one.
    template <int Index>
        requires(0 <= Index && Index < layers)
    struct layer {
        static constexpr shape input = lowered::facts.input_of[Index].dimensions();
        static constexpr shape output = lowered::facts.input_of[Index + 1].dimensions();
        /// Without channels where the kernel of the next block's call goes on with them.
        static constexpr feature_map output_map = form.input_of[Index + 1];
        /// Its calls are those from `first_op` up to but not including `end_op`.
        static constexpr int first_op = form.ops_before[Index];
        static constexpr int end_op = form.ops_before[Index + 1];
    };

    /// Weights of convolutions and linear layers, their biases, batch norm's weights and biases; weights that
    /// two layers share count once.
    static constexpr long long parameters = written.total([](const op& o) { return o.parameters(); });
    /// Multiply-adds of convolutions and linear layers, for one picture.
    static constexpr long long macs = calls.total([](const op& o) { return o.macs(); });

    /// Every tensor of its state_dict.
    static constexpr auto parameter_rows = parameters_of<detail::count_parameters(written)>(written);

    /// All the memory that a forward pass touches beside weights, input and output, under the default layout
    /// policy and in fp32.
    static constexpr long long workspace_bytes = sizeof(float) * planned<network>::where.size;
    struct workspace : workspace_of<planned<network>::where.size> {};
};

namespace detail {

template <class Network>
struct judged;
template <shape Input, auto... Blocks>
struct judged<network<Input, Blocks...>> {
    static constexpr bool is_accepted = network_is_accepted<refusal_of<Input, Blocks...>>;
};

}  // namespace detail

/// Whether a `network<...>` can be, asked without naming anything of it: for searches over widths.
template <class Network>
inline constexpr bool is_accepted = detail::judged<Network>::is_accepted;

}  // namespace plait::inline PLAIT_TARGET
