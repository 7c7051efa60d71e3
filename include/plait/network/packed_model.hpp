// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "plait/network/runner.hpp"
#include "plait/tensor/array_expression.hpp"
#include "plait/tensor/map_view.hpp"
#include "plait/tensor/map_writer.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// A workspace as a model's calls take it. Anything else is one sentence.
template <class Workspace>
class workspace_argument {
public:
    explicit(false) workspace_argument(Workspace& scratch) : scratch_(&scratch) {}

    template <class Other>
        requires(!std::is_same_v<std::remove_cvref_t<Other>, workspace_argument>)
    explicit(false) workspace_argument(Other&&) {
        static_assert(std::is_same_v<Other, Workspace&>,
                      "the workspace is not this model's: a variable of the model's own type `workspace`, or "
                      "`batch_workspace` for a batch, was expected (each network has another)");
    }

    Workspace* operator->() const { return scratch_; }

private:
    Workspace* scratch_ = nullptr;
};

/// A picture as a model's calls take it. Anything else is one sentence.
template <shape Shape>
class picture_argument {
public:
    explicit(false) picture_argument(const tensor<float, Shape>& picture) : values_(picture.data()) {}

    template <class Other>
    explicit(false) picture_argument(const Other&) {
        static_assert(
            std::is_same_v<Other, tensor<float, Shape>>,
            "the picture is not what the network takes: a tensor<float, ...> of the network's shape "
            "`input` or an xtensor expression of it was expected");
    }

    const float* data() const { return values_; }

private:
    const float* values_ = nullptr;
};

/// The pictures of a network with several inputs, as a model's calls take them.
template <class Tensors>
class pictures_argument {
public:
    explicit(false) pictures_argument(const Tensors& pictures) : pictures_(&pictures) {}

    template <class Other>
        requires(!std::is_same_v<std::remove_cvref_t<Other>, Tensors> &&
                 !std::is_same_v<std::remove_cvref_t<Other>, pictures_argument>)
    explicit(false) pictures_argument(const Other&) {
        static_assert(
            std::is_same_v<Other, Tensors>,
            "the network has several inputs: a tuple of their tensors, the model's `input_tensors`, "
            "was expected");
    }

    const Tensors& tensors() const { return *pictures_; }

private:
    const Tensors* pictures_ = nullptr;
};

template <class Network, class Indices>
struct input_tensors_of;
template <class Network, int... Index>
struct input_tensors_of<Network, std::integer_sequence<int, Index...>> {
    using type = std::tuple<tensor<float, Network::template input_shape<Index>>...>;
};

template <class Network, class Indices>
struct output_tensors_of;
template <class Network, int... Index>
struct output_tensors_of<Network, std::integer_sequence<int, Index...>> {
    using type = std::tuple<tensor<float, Network::calls.outputs[Index].dimensions()>...>;
};

}  // namespace detail

/// The face of every kind of model: `Runner` says whose kernels run, `Weights` who owns the packed weights.
/// Calls are const, allocate nothing, lock nothing and start no thread: one model serves any number of
/// threads, each with its own workspace.
template <class Network, class Runner, class Weights>
class packed_model {
public:
    using network = Network;
    using runner = Runner;
    static constexpr int input_count = Network::input_count;
    /// Of every input, in the order in which blocks asked for them.
    using input_tensors =
        typename detail::input_tensors_of<Network, std::make_integer_sequence<int, input_count>>::type;
    /// Of the input; of a network with several, `input_tensors`.
    using input_tensor = std::conditional_t<input_count == 1, tensor<float, Network::input>, input_tensors>;
    using output_tensor = tensor<float, Network::output>;
    using workspace = typename Runner::workspace;
    static constexpr int output_count = Network::sizes.outputs;

    /// The shape of one output, in the order of their declaration.
    template <int Index>
    static constexpr shape output_shape = Network::calls.outputs[Index].dimensions();

    /// All the memory that a batch touches beside weights, pictures and outputs, whatever its size.
    struct batch_workspace {
        workspace one;
        workspace_of<at_least_one(Runner::kept_size)> kept;
    };

private:
    using picture_argument = std::conditional_t<input_count == 1, detail::picture_argument<Network::input>,
                                                detail::pictures_argument<input_tensors>>;
    using workspace_argument = detail::workspace_argument<workspace>;
    using batch_argument = detail::workspace_argument<batch_workspace>;

    template <int Count, class Make>
    static constexpr auto for_each(Make make) {
        return [&]<int... Index>(std::integer_sequence<int, Index...>) {
            return make(std::integral_constant<int, Index>{}...);
        }
        (std::make_integer_sequence<int, Count>{});
    }

public:
    /// Of every output, in the order of their declaration.
    using output_tensors =
        typename detail::output_tensors_of<Network, std::make_integer_sequence<int, output_count>>::type;

    /// As the kernels read them.
    std::span<const float> packed() const {
        return {weights_.data(), static_cast<std::size_t>(runner_.packed_size)};
    }

    /// Where the next picture goes, or what another input takes: written there, it is not copied once more.
    /// `run` may write over it.
    template <int Index = 0>
        requires(0 <= Index && Index < input_count)
    map_writer<Network::template input_shape<Index>> input(workspace_argument scratch)
    const {
        constexpr int first = Network::calls.input_map(Index).first;
        return {scratch->data(), runner_.offsets + first, runner_.steps[first]};
    }

    /// One forward pass over what was written to the input.
    void run(workspace_argument scratch) const { runner_.forward(weights_.data(), scratch->data()); }

    /// One output where the last pass left it, until the workspace is written or run again; the last block's,
    /// if none is named.
    template <int Index = output_count - 1>
        requires(0 <= Index && Index < output_count)
    map_reader<output_shape<Index>> output(workspace_argument scratch)
    const {
        if constexpr (requires { runner_.output(Index, scratch->data()); })
            return map_reader<output_shape<Index>>(runner_.output(Index, scratch->data()));
        else
            return map_reader<output_shape<Index>>(view(Network::calls.outputs[Index], scratch->data()));
    }

    /// Every output, as `output` gives one.
    auto outputs(workspace_argument scratch) const {
        return for_each<output_count>(
            [&](auto... index) { return std::tuple{output<decltype(index)::value>(scratch)...}; });
    }

    /// The output of the last block. Further outputs: `all_outputs`. Where there are several inputs,
    /// `picture` is the tuple of their tensors.
    output_tensor operator()(picture_argument picture, workspace_argument scratch) const {
        run_on(picture, scratch);
        return to_tensor(output(scratch));
    }

    /// The same for any xtensor container or expression of channels x height x width, evaluated where the
    /// input lies: of a static shape the logits (a wrong shape does not compile), of a dynamic one a result
    /// that refuses a wrong shape. Of a network with one input.
    template <array_expression Picture>
        requires(input_count == 1)
    auto operator()(const Picture& picture, workspace_argument scratch) const {
        const auto done = put(picture, input(scratch));
        if constexpr (has_static_shape<Picture>) {
            run(scratch);
            return to_tensor(output(scratch));
        } else {
            return done ? run_to_result(scratch) : result<output_tensor>(failure{"picture: " + done.error()});
        }
    }

    /// Every output of the network, in the order of their declaration.
    output_tensors all_outputs(picture_argument picture, workspace_argument scratch) const {
        run_on(picture, scratch);
        output_tensors made;
        copy_outputs(scratch, made);
        return made;
    }

    /// The last outputs of several pictures, the same as one by one; a sentence where there are more pictures
    /// than places for what comes out. Weights that do not stay in the first-level cache are read once for
    /// several.
    result<void> forward(std::span<const input_tensor> pictures, std::span<output_tensor> logits,
                         batch_argument scratch) const {
        return forward_spans(pictures, logits, scratch, [](output_tensor& to, const auto&... from) {
            std::get<sizeof...(from) - 1>(std::tie(from...)).copy_to(to);
        });
    }

    /// The same of every output.
    result<void> forward(std::span<const input_tensor> pictures, std::span<output_tensors> outputs,
                         batch_argument scratch) const {
        return forward_spans(pictures, outputs, scratch, [](output_tensors& to, const auto&... from) {
            std::apply([&](auto&... each) { (from.copy_to(each), ...); }, to);
        });
    }

    /// The same of pictures and outputs anywhere: `put(i, map_writer...)` writes every input of picture i of
    /// `count`, and `take(i, map_reader...)` reads every output of it, which stay no longer than the call.
    template <class Put, class Take>
    void forward(int count, Put put, Take take, batch_argument scratch) const {
        runner_.forward_batch(
            count,
            [&](int i) {
                for_each<input_count>([&](auto... index) {
                    put(i, input<decltype(index)::value>(scratch->one)...);
                    return 0;
                });
            },
            [&](int i, map_view last) {
                for_each<output_count>([&](auto... index) {
                    take(i, output_of_batch<decltype(index)::value>(last, scratch->one)...);
                    return 0;
                });
            },
            weights_.data(), scratch->one.data(), scratch->kept.data());
    }

    /// Calls `look(i, op, map_view)` after each kernel call, of the map that it has just made.
    template <class Look>
    output_tensor observe(picture_argument picture, workspace_argument scratch, Look look) const {
        put_inputs(picture, scratch);
        runner_.observe(weights_.data(), scratch->data(), [&](int i) {
            const op& call = Network::calls.ops[i];
            look(i, call, view(call.out, scratch->data()));
        });
        return to_tensor(output(scratch));
    }

    /// Calls `look(block_record, map_view)` with what each leaf block makes that ends with a call of its own.
    template <class Look>
    output_tensor observe_blocks(picture_argument picture, workspace_argument scratch, Look look) const {
        put_inputs(picture, scratch);
        runner_.observe(weights_.data(), scratch->data(), [&](int op) {
            for (int b = 0; b < Network::sizes.blocks; ++b) {
                const block_record& block = Network::calls.blocks[b];
                if (block.end_op == op + 1 && block.first_op <= op)
                    look(block, view(block.out, scratch->data()));
            }
        });
        return to_tensor(output(scratch));
    }

    /// Calls `look(std::integral_constant<int, i>, map_reader)` with what block i of the declaration makes,
    /// where that is not left out because the kernel goes on with the next block.
    template <class Look>
    output_tensor observe_layers(picture_argument picture, workspace_argument scratch, Look look) const {
        put_inputs(picture, scratch);
        runner_.observe(weights_.data(), scratch->data(), [&](int op) {
            [&]<int... Layer>(std::integer_sequence<int, Layer...>) {
                ((Network::template layer<Layer>::end_op == op + 1 ? show_layer<Layer>(scratch->data(), look)
                                                                   : void()),
                 ...);
            }
            (std::make_integer_sequence<int, Network::layers>{});
        });
        return to_tensor(output(scratch));
    }

protected:
    packed_model(Runner kernels, Weights weights)
        : runner_(std::move(kernels)), weights_(std::move(weights)) {}

    [[no_unique_address]] Runner runner_;
    Weights weights_;

private:
    void put_inputs(picture_argument picture, workspace_argument scratch) const {
        if constexpr (input_count == 1)
            input(scratch).copy(picture.data());
        else
            for_each<input_count>([&](auto... index) {
                (input<decltype(index)::value>(scratch).copy(
                     std::get<decltype(index)::value>(picture.tensors())),
                 ...);
                return 0;
            });
    }

    /// One forward pass over a picture, which the first call reads where it lies, if it can.
    void run_on(picture_argument picture, workspace_argument scratch) const {
        if constexpr (requires { runner_.forward_from(picture.data(), weights_.data(), scratch->data()); }) {
            runner_.forward_from(picture.data(), weights_.data(), scratch->data());
        } else {
            put_inputs(picture, scratch);
            run(scratch);
        }
    }

    map_view view(feature_map map, const float* scratch) const {
        if constexpr (requires { Runner::lanes; })
            return {scratch,          runner_.offsets + map.first, runner_.steps + map.first,
                    map.dimensions(), runner_.lanes + map.first,   weights_.data()};
        return {scratch, runner_.offsets + map.first, runner_.steps + map.first, map.dimensions()};
    }

    template <int Layer, class Look>
    void show_layer(const float* scratch, Look& look) const {
        using layer = typename Network::template layer<Layer>;
        if constexpr (layer::output_map.count > 0)
            look(std::integral_constant<int, Layer>{},
                 map_reader<layer::output>(view(layer::output_map, scratch)));
    }

    void copy_outputs(workspace_argument scratch, output_tensors& to) const {
        [&]<int... Index>(std::integer_sequence<int, Index...>) {
            (output<Index>(scratch).copy_to(std::get<Index>(to)), ...);
        }
        (std::make_integer_sequence<int, output_count>{});
    }

    /// In a batch the last output may lie elsewhere; where there are several, they lie in the workspace.
    template <int Index>
    map_reader<output_shape<Index>> output_of_batch(map_view last, workspace_argument scratch) const {
        if constexpr (Index == output_count - 1)
            return map_reader<output_shape<Index>>(last);
        else
            return output<Index>(scratch);
    }

    template <class Place, class Copy>
    result<void> forward_spans(std::span<const input_tensor> pictures, std::span<Place> places,
                               batch_argument scratch, Copy copy) const {
        if (pictures.size() != places.size())
            return failure{std::to_string(pictures.size()) + " pictures have " +
                           std::to_string(places.size()) +
                           " places for their logits, where as many were expected"};
        forward(
            static_cast<int>(pictures.size()),
            [&](int i, const auto&... to) {
                const input_tensor& picture = pictures[static_cast<std::size_t>(i)];
                if constexpr (input_count == 1)
                    (to.copy(picture), ...);
                else
                    std::apply([&](const auto&... each) { (to.copy(each), ...); }, picture);
            },
            [&](int i, const auto&... from) { copy(places[static_cast<std::size_t>(i)], from...); }, scratch);
        return {};
    }

    result<output_tensor> run_to_result(workspace_argument scratch) const {
        run(scratch);
        result<output_tensor> made{std::in_place};
        output(scratch).copy_to(*made);
        return made;
    }
};

}  // namespace plait::inline PLAIT_TARGET
