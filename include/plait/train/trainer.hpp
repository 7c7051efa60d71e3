// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/core/half.hpp"
#include "plait/io/load.hpp"
#include "plait/network/model.hpp"
#include "plait/tensor/map_writer.hpp"
#include "plait/train/training_session.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// The first written call whose layer has that name, or one that begins so and a dot; -1 where none has.
template <class Network>
constexpr int first_call_named(std::string_view name) {
    const auto& written = Network::written;
    for (int i = 0; i < std::remove_cvref_t<decltype(written)>::sizes.ops; ++i) {
        const op& o = written.ops[i];
        if (!o.has_tensors()) continue;
        const std::string_view layer(written.characters + o.name.first, as_size(o.name.count));
        const bool begins = layer.substr(0, name.size()) == name;
        if (begins && (layer.size() == name.size() || layer[name.size()] == '.')) return i;
    }
    return -1;
}

/// All that follows from a network and how it is trained.
template <class Network, training Options>
struct training_of {
    using stored_value = std::conditional_t<Options.storage == storage::f32, float, half>;
    using pass = training_pass<stored_value>;
    static constexpr const auto& written = Network::written;
    static constexpr graph_sizes sizes = std::remove_cvref_t<decltype(written)>::sizes;
    static constexpr int first_trained =
        Options.trains_from.empty() ? 0 : first_call_named<Network>(Options.trains_from.view());
    static_assert(first_trained >= 0,
                  "training::trains_from names no layer of the network where one was expected");
    static constexpr auto stored = find_stored_calls(written, Options.clips);
    static constexpr auto plan = plan_training(written, stored, Options.batch, first_trained);

    /// Values that each part needs beside all.
    static constexpr long long scratch_size = [] {
        long long most = 64;
        for (int i = 0; i < sizes.ops; ++i) {
            if (!stored.stores[i]) continue;
            const long long needed = scratch_of(written.ops[i], Options.batch);
            most = needed > most ? needed : most;
        }
        return (most + 15) / 16 * 16;
    }();
    static constexpr long long packed_size = [] {
        long long most = 16;
        for (int i = 0; i < sizes.ops; ++i) {
            if (!stored.stores[i]) continue;
            const long long needed = packed_weights_of(written.ops[i], Options.batch);
            most = needed > most ? needed : most;
        }
        return most;
    }();
    static constexpr long long trained_size = [] {
        long long values = 0;
        for (const parameter& row : Network::parameter_rows.rows)
            if (row.is_trained() && row.call >= first_trained) values += row.elements();
        return values;
    }();
    static constexpr long long parameters_size = [] {
        long long values = 0;
        for (const parameter& row : Network::parameter_rows.rows) values += row.elements();
        return values;
    }();

    static constexpr feature_map logits = written.outputs[sizes.outputs - 1];
    static constexpr training_sizes values{
        .inputs = plan.inputs,
        .maps = plan.size,
        .scratch = scratch_size,
        .packed = packed_size,
        .parameters = parameters_size,
        .trained = trained_size,
        .logits = padded_pixels(Options.batch * logits.size.pixels()) + 16};

    static training_network network() {
        constexpr auto ops = static_cast<std::size_t>(sizes.ops);
        return {.tensors = tensors_of<Network>(),
                .pool = std::span(written.pool),
                .outputs = std::span(written.outputs),
                .input = written.input,
                .channels = sizes.channels,
                .applied = std::span(stored.applied, ops),
                .stores = std::span(stored.stores, ops),
                .maker = std::span(stored.maker),
                .stored = std::span(stored.stored),
                .batch = Options.batch,
                .first_trained = first_trained,
                .norms_are_frozen = Options.freezes_norms,
                .drops = Options.drops,
                .input_place = plan.input_place,
                .made = std::span(plan.made, ops),
                .gradient = std::span(plan.gradient, ops),
                .needs_gradient = std::span(plan.needs_gradient, ops),
                .scratch_size = scratch_size};
    }
};

}  // namespace detail

/// Trains a network. What it has of a network's type: pictures go in, models come out.
template <class Network, training Options = training{}>
class trainer : public training_session<typename detail::training_of<Network, Options>::stored_value> {
    static_assert(Options.batch > 0 && Options.threads > 0,
                  "a batch and threads of at least 1 were expected");
    using of = detail::training_of<Network, Options>;
    using session = training_session<typename of::stored_value>;

public:
    using network = Network;
    using input_tensor = tensor<float, Network::input>;
    static constexpr int batch = Options.batch;

    /// Where every map and gradient of a batch lies, and which written calls store one.
    static constexpr const auto& plan = of::plan;
    static constexpr const auto& stored = of::stored;

    /// All that it holds of values: maps and gradients of a batch, scratch, parameters, their gradients, and
    /// what the optimiser and the average keep.
    static constexpr long long memory_bytes =
        of::values.bytes(Options, session::parts, sizeof(typename of::stored_value), of::logits.count);

    /// With parameters as PyTorch begins with them. Results do not depend on the number of threads.
    explicit trainer(std::uint64_t seed = 1, int threads = Options.threads)
        : session(of::network(), Options, of::values, seed, threads) {
        for (int i = 0; i < Network::input_count; ++i) {
            const feature_map map = Network::written.input_map(i);
            for (int c = 0; c < map.count; ++c)
                input_offsets_.push_back(static_cast<int>(c * run_pitch(map.size, batch)));
        }
    }

    /// Where picture `n` of the next step goes, or what another input takes of it.
    template <int Index = 0>
        requires(0 <= Index && Index < Network::input_count)
    map_writer<Network::template input_shape<Index>> input(int n) {
        constexpr feature_map map = Network::written.input_map(Index);
        return {this->run_of(map, 0) + n * map.size.pixels(), input_offsets_.data() + offsets_before(Index),
                1};
    }

    using session::step;
    /// The same of pictures that `put(n, map_writer)` writes, in all threads.
    template <class Put>
        requires std::is_invocable_v<Put&, int, map_writer<Network::input>>
    double step(Put put, std::span<const int> labels, double rate, int classes = 0) {
        if (this->accepts(labels, classes))
            this->put_all(static_cast<int>(labels.size()), [&](int n) { put(n, input(n)); });
        return step(labels, rate, classes);
    }
    /// The same of pictures anywhere.
    double step(std::span<const input_tensor> pictures, std::span<const int> labels, double rate) {
        if (pictures.size() != labels.size())
            return this->refuse(std::string(
                std::string_view(detail::text("") << labels.size() << " labels of " << pictures.size()
                                                  << " pictures, where as many were expected")));
        if (this->accepts(labels, 0))
            for (std::size_t n = 0; n < pictures.size(); ++n) input(static_cast<int>(n)).copy(pictures[n]);
        return step(labels, rate);
    }

    /// The model that it has become, which runs like any other.
    plait::model<Network> model() const { return std::move(*load<Network>(this->state_dict())); }
    /// The same of the average of parameters.
    plait::model<Network> averaged_model() const requires(Options.averages()) {
        return std::move(*load<Network>(this->averaged_state_dict()));
    }

private:
    static constexpr int offsets_before(int input) {
        int count = 0;
        for (int i = 0; i < input; ++i) count += Network::written.input_map(i).count;
        return count;
    }

    std::vector<int> input_offsets_;
};

}  // namespace plait::inline PLAIT_TARGET
