// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "plait/network/batch_executor.hpp"
#include "plait/tensor/array_expression.hpp"

namespace plait::inline PLAIT_TARGET {

/// A network with packed weights, which `Weights` owns or points to: what runs is the same. `operator()` is
/// const, allocates nothing, locks nothing and starts no thread: one model serves any number of threads, each
/// with its own workspace.
template <class Network, class Weights, layout_policy Policy = layout_policy{}>
class packed_model {
public:
    using network = Network;
    using runner = executor<Network, Policy>;
    using input_tensor = tensor<float, Network::input>;
    using output_tensor = tensor<float, Network::output>;
    static constexpr int outputs = Network::sizes.outputs;
    using workspace = std::conditional_t<Policy == layout_policy{}, typename Network::workspace,
                                         workspace_of<runner::workspace_size>>;

    /// All the memory that a batch touches beside weights, pictures and logits, whatever its size.
    struct batch_workspace {
        workspace one;
        workspace_of<at_least_one(batch_executor<Network, Policy>::kept_size)> kept;
    };

    /// `packed[i]` is value i of `runner::packed_size`, on a cache line.
    explicit packed_model(Weights packed) : packed_(std::move(packed)) {}

    /// As the kernels read them.
    std::span<const float> packed() const {
        return {&packed_[0], static_cast<std::size_t>(runner::packed_size)};
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
        return detail::with_tensor<float, Network::input>(
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
        batch_executor<Network, Policy>::forward(static_cast<int>(pictures.size()), in, out, packed().data(),
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
        runner::forward(packed().data(), scratch.data(), look);
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

protected:
    Weights packed_;

private:
    void run(const input_tensor& picture, workspace& scratch) const {
        runner::put_input(picture.data(), scratch.data());
        runner::forward(packed().data(), scratch.data());
    }

    template <int Layer, class Look>
    static void show_layer(workspace& scratch, Look& look) {
        tensor<float, Network::template layer<Layer>::output> result;
        runner::get_map(Network::template layer<Layer>::output_map, scratch.data(), result.data());
        look(std::integral_constant<int, Layer>{}, result);
    }

    template <int Index>
    static auto output(workspace& scratch) {
        tensor<float, Network::calls.outputs[Index].dimensions()> result;
        runner::get_map(Network::calls.outputs[Index], scratch.data(), result.data());
        return result;
    }
};

}  // namespace plait::inline PLAIT_TARGET
