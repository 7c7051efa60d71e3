// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "plait/core/aligned_memory.hpp"
#include "plait/network/batch.hpp"
#include "plait/tensor/array_expression.hpp"

namespace plait::inline PLAIT_TARGET {

/// A network with its weights, packed as the kernels read them. `operator()` is const, allocates nothing,
/// locks nothing and starts no thread: one model serves any number of threads, each with its own workspace.
template <class Network, class T = float, layout_policy Policy = layout_policy{}>
class model {
public:
    using network = Network;
    using runner = executor<Network, T, Policy>;
    using input_tensor = tensor<T, Network::input>;
    using output_tensor = tensor<T, Network::output>;
    static constexpr int outputs = Network::sizes.outputs;
    using workspace =
        std::conditional_t<std::is_same_v<T, float> && Policy == layout_policy{}, typename Network::workspace,
                           workspace_of<runner::workspace_size, T>>;

    /// All the memory that a batch touches beside weights, pictures and logits, whatever its size.
    struct batch_workspace {
        workspace one;
        workspace_of<at_least_one(batch_executor<Network, T, Policy>::kept_size), T> kept;
    };

    /// All weights zero.
    model() : packed_(make_aligned<T>(runner::packed_size)) {}

    /// Sets the weights of one call of `Network::calls`, with batch norm folded in:
    /// [output][input][kernel row][kernel column], and one bias for each output.
    void set_weights(int op, const float* weights, const float* bias) {
        runner::pack(op, weights, bias, packed_.get());
    }

    /// The output of the last block. Further outputs: `all_outputs`.
    output_tensor operator()(const input_tensor& picture, workspace& scratch) const {
        run(picture, scratch);
        return output<outputs - 1>(scratch);
    }

    /// The same for any xtensor container or expression of channels x height x width: of a static shape the
    /// logits (a wrong shape does not compile), of a dynamic one a result that refuses a wrong shape.
    template <array_expression Picture>
    auto operator()(const Picture& picture, workspace& scratch) const {
        return detail::with_tensor<T, Network::input>(
            picture, [&](const input_tensor& converted) { return (*this)(converted, scratch); });
    }

    /// The outputs of several pictures, the same as one by one; a sentence where there are more pictures than
    /// places for what comes out. Weights that do not stay in the first-level cache are read once for
    /// several.
    result<void> forward(std::span<const input_tensor> pictures, std::span<output_tensor> logits,
                         batch_workspace& scratch) const {
        if (pictures.size() != logits.size())
            return failure{std::to_string(pictures.size()) + " pictures have " +
                           std::to_string(logits.size()) +
                           " places for their logits, where as many were expected"};
        const auto in = [&](int i) { return pictures[static_cast<std::size_t>(i)].data(); };
        const auto out = [&](int i) { return logits[static_cast<std::size_t>(i)].data(); };
        batch_executor<Network, T, Policy>::forward(static_cast<int>(pictures.size()), in, out, packed_.get(),
                                                    scratch.one.data(), scratch.kept.data());
        return {};
    }

    /// Every output of the network, in the order of their declaration.
    auto all_outputs(const input_tensor& picture, workspace& scratch) const {
        run(picture, scratch);
        return [&]<int... Index>(std::integer_sequence<int, Index...>) {
            return std::tuple{output<Index>(scratch)...};
        }
        (std::make_integer_sequence<int, outputs>{});
    }

    /// Calls `look(i, op, map_view)` after each kernel call: for tests and debugging.
    template <class Look>
    output_tensor observe(const input_tensor& picture, workspace& scratch, Look look) const {
        runner::put_input(picture.data(), scratch.data());
        runner::forward(packed_.get(), scratch.data(), look);
        return output<outputs - 1>(scratch);
    }

    /// Calls `look(std::integral_constant<int, i>, tensor)` with what block i of the declaration makes.
    template <class Look>
    output_tensor observe_layers(const input_tensor& picture, workspace& scratch, Look look) const {
        return observe(picture, scratch, [&](int op, const auto&, const auto&) {
            [&]<int... Layer>(std::integer_sequence<int, Layer...>) {
                ((Network::template layer<Layer>::end_op == op + 1 ? show_layer<Layer>(scratch, look)
                                                                   : void()),
                 ...);
            }
            (std::make_integer_sequence<int, Network::layers>{});
        });
    }

private:
    void run(const input_tensor& picture, workspace& scratch) const {
        runner::put_input(picture.data(), scratch.data());
        runner::forward(packed_.get(), scratch.data());
    }

    template <int Layer, class Look>
    static void show_layer(workspace& scratch, Look& look) {
        tensor<T, Network::template layer<Layer>::output> result;
        runner::get_map(Network::template layer<Layer>::output_map, scratch.data(), result.data());
        look(std::integral_constant<int, Layer>{}, result);
    }

    template <int Index>
    static auto output(workspace& scratch) {
        tensor<T, Network::calls.outputs[Index].dimensions()> result;
        runner::get_map(Network::calls.outputs[Index], scratch.data(), result.data());
        return result;
    }

    aligned_memory<T> packed_;
};

}  // namespace plait::inline PLAIT_TARGET
