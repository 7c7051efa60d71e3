// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/core/finite.hpp"
#include "plait/core/random.hpp"
#include "plait/io/load.hpp"
#include "plait/io/safetensors_writer.hpp"
#include "plait/network/model.hpp"
#include "plait/tensor/map_writer.hpp"
#include "plait/train/initialise.hpp"
#include "plait/train/loss.hpp"
#include "plait/train/optimiser.hpp"
#include "plait/train/training_pass.hpp"

namespace plait::inline PLAIT_TARGET {

/// How a network is trained.
struct training {
    int batch = 128;  ///< pictures of a step at most
    int threads = 1;  ///< that work on a step unless the trainer says, the caller's among them
    plait::optimiser optimiser{};
    real label_smoothing = 0.0;
    bool clips = true;  ///< else ReLUs and clips pass everything, for checks of gradients

    friend constexpr bool operator==(const training&, const training&) = default;
};

namespace detail {

/// A whole number as four floats of 16 bits each, which a file of floats keeps exactly.
inline void append_number(std::uint64_t number, std::vector<float>& to) {
    for (unsigned part = 0; part < 4; ++part)
        to.push_back(static_cast<float>(number >> (16 * part) & 0xffffU));
}
inline std::uint64_t number_at(std::span<const float> from, std::size_t index) {
    std::uint64_t number = 0;
    for (unsigned part = 0; part < 4; ++part) {
        const float value = from[4 * index + part];
        number |= static_cast<std::uint64_t>(value >= 0 && value < 65536 ? value : 0) << (16 * part);
    }
    return number;
}

/// All that follows from a network and a batch.
template <class Network, int Batch, bool Clips = true>
struct training_of {
    static constexpr const auto& written = Network::written;
    static constexpr graph_sizes sizes = std::remove_cvref_t<decltype(written)>::sizes;
    static constexpr auto stored = find_stored_calls(written, Clips);
    static constexpr auto plan = plan_training(written, stored, Batch);

    /// Values that each part needs beside all.
    static constexpr long long scratch_size = [] {
        long long most = 64;
        for (int i = 0; i < sizes.ops; ++i) {
            if (!stored.stores[i]) continue;
            const long long needed = scratch_of(written.ops[i], Batch);
            most = needed > most ? needed : most;
        }
        return (most + 15) / 16 * 16;
    }();
    static constexpr long long maps_size = plan.size + training_pass::parts * scratch_size;
    static constexpr long long trained_size = Network::parameters;
    static constexpr long long parameters_size = [] {
        long long values = 0;
        for (const parameter& row : Network::parameter_rows.rows) values += row.elements();
        return values;
    }();

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
                .batch = Batch,
                .input_place = plan.input,
                .made = std::span(plan.made, ops),
                .gradient = std::span(plan.gradient, ops),
                .needs_gradient = std::span(plan.needs_gradient, ops),
                .size = plan.size,
                .scratch_size = scratch_size};
    }
};

}  // namespace detail

/// Trains a network: its parameters, what an optimiser keeps of them, and steps over batches. All its memory
/// is taken when it is made.
template <class Network, training Options = training{}>
class trainer {
    static_assert(Options.batch > 0 && Options.threads > 0,
                  "a batch and threads of at least 1 were expected");
    using of = detail::training_of<Network, Options.batch, Options.clips>;
    static constexpr feature_map logits = Network::written.outputs[Network::sizes.outputs - 1];
    static constexpr long long logits_pitch = padded_pixels(Options.batch) + 16;

public:
    using network = Network;
    using input_tensor = tensor<float, Network::input>;
    static constexpr int batch = Options.batch;

    /// All that it holds of values: maps and gradients of a batch, scratch, parameters, their gradients, and
    /// what the optimiser keeps.
    static constexpr long long memory_bytes =
        4 * (of::maps_size + of::parameters_size +
             (training_pass::parts + Options.optimiser.kept()) * of::trained_size +
             2 * logits.count * logits_pitch);

    /// With parameters as PyTorch begins with them. Results do not depend on the number of threads.
    explicit trainer(std::uint64_t seed = 1, int threads = Options.threads)
        : pass_(of::network()),
          threads_(threads < 1 ? 1 : threads),
          maps_(make_aligned<float>(of::maps_size)),
          parameters_(make_aligned<float>(of::parameters_size)),
          gradients_(make_aligned<float>(training_pass::parts * of::trained_size)),
          kept_(make_aligned<float>(Options.optimiser.kept() * of::trained_size)),
          logits_(make_aligned<float>(2 * logits.count * logits_pitch)) {
        for (int i = 0; i < Network::input_count; ++i) {
            const feature_map map = Network::written.input_map(i);
            for (int c = 0; c < map.count; ++c)
                input_offsets_.push_back(static_cast<int>(c * run_pitch(map.size, batch)));
        }
        random_numbers random(seed);
        initialise(of::network(), places(), random, parameters());
        pass_.bind({maps_.get(), parameters_.get(), gradients_.get(), parameters_.get() + of::trained_size});
    }

    /// Where picture `n` of the next step goes, or what another input takes of it.
    template <int Index = 0>
        requires(0 <= Index && Index < Network::input_count)
    map_writer<Network::template input_shape<Index>> input(int n) {
        constexpr feature_map map = Network::written.input_map(Index);
        return {pass_.input(map, 0) + n * map.size.pixels(), input_offsets_.data() + offsets_before(Index),
                1};
    }

    /// One step over as many pictures as there are labels, which were written to `input`: forward, backward
    /// and the optimiser's. The mean cross-entropy of softmax before the step.
    double step(std::span<const int> labels, double rate) {
        const double loss = find_gradients(labels);
        update(rate);
        return loss;
    }
    /// The same of pictures that `put(n, map_writer)` writes, in all threads.
    template <class Put>
        requires std::is_invocable_v<Put&, int, map_writer<Network::input>>
    double step(Put put, std::span<const int> labels, double rate) {
        const int pictures = static_cast<int>(labels.size());
        threads_.run([&](int thread) {
            for (int n = thread; n < pictures; n += threads_.count()) put(n, input(n));
        });
        return step(labels, rate);
    }
    /// The same of pictures anywhere.
    double step(std::span<const input_tensor> pictures, std::span<const int> labels, double rate) {
        for (std::size_t n = 0; n < pictures.size(); ++n) input(static_cast<int>(n)).copy(pictures[n]);
        return step(labels, rate);
    }

    /// The model that it has become, which runs like any other.
    plait::model<Network> model() const { return std::move(*load<Network>(state_dict())); }

    /// All tensors under PyTorch's names, as a safetensors file.
    std::vector<std::byte> state_dict() const { return write_safetensors(named_tensors()); }
    /// The same into a file.
    result<void> save(const file_path& path) const { return write_file(state_dict(), path); }

    /// Takes parameters from a state_dict in safetensors, as `load` does with the same options, but as they
    /// are. What is not read stays as it is.
    result<void> take(std::span<const std::byte> bytes, std::string_view source = "weights",
                      const load_options& options = {}) {
        const auto file = safetensors::parse(bytes, source);
        if (!file) return failure{file.error()};
        const network_tensors names = tensors_of<Network>();
        const auto reader = detail::weight_reader::open(names, *file, source, options);
        if (!reader) return failure{reader.error()};
        std::vector<float> read(parameters().begin(), parameters().end());
        const auto done = reader->for_rows([&](const parameter& row, const std::vector<float>& values) {
            const auto begin = places().begin(static_cast<std::size_t>(&row - names.rows.data()));
            std::copy(values.begin(), values.end(), read.begin() + begin);
        });
        if (!done) return done;
        std::copy(read.begin(), read.end(), parameters_.get());
        return {};
    }

    /// The state_dict with all that a training needs to go on bit for bit, and numbers of the caller's.
    std::vector<std::byte> checkpoint(std::span<const std::uint64_t> numbers) const {
        std::vector<float> stored_numbers;
        detail::append_number(static_cast<std::uint64_t>(steps_), stored_numbers);
        for (const std::uint64_t number : numbers) detail::append_number(number, stored_numbers);
        std::vector<named_values> tensors = named_tensors();
        const auto add = [&](const char* name, std::span<const float> values) {
            tensors.push_back({.name = std::string(training_prefix) + name,
                               .dimensions = {static_cast<std::int64_t>(values.size())},
                               .values = values});
        };
        add("kept", {kept_.get(), size(Options.optimiser.kept() * of::trained_size)});
        add("numbers", stored_numbers);
        return write_safetensors(tensors);
    }

    /// Goes on from a checkpoint; its numbers, of which `count` are expected. After a refusal all is as
    /// before.
    result<std::vector<std::uint64_t>> resume(std::span<const std::byte> bytes, std::string_view source,
                                              std::size_t count) {
        const auto file = safetensors::parse(bytes, source);
        if (!file) return failure{file.error()};
        const std::vector<std::size_t> expected{size(Options.optimiser.kept() * of::trained_size),
                                                4 * (count + 1)};
        std::vector<std::vector<float>> read;
        for (const char* name : {"kept", "numbers"}) {
            const std::string whole = std::string(training_prefix) + name;
            const stored_tensor* stored = file->find(whole);
            if (!stored)
                return failure{std::string(source) + ": is no checkpoint of a training: tensor " +
                               std::string(std::string_view(detail::in_quotes(whole))) + " is missing"};
            std::vector<float> values(static_cast<std::size_t>(stored->elements()));
            const bool is_readable = copy_as_float(*stored, values.data());
            if (!is_readable ||
                !std::all_of(values.begin(), values.end(), [](float x) { return is_finite(x); }))
                return failure{std::string(source) + ": tensor " +
                               std::string(std::string_view(detail::in_quotes(whole))) +
                               " has values that are not finite where numbers were expected"};
            read.push_back(std::move(values));
            if (read.back().size() != expected[read.size() - 1])
                return failure{std::string(source) +
                               ": is a checkpoint of another network or optimiser: tensor " +
                               std::string(std::string_view(detail::in_quotes(whole))) + " has " +
                               std::to_string(read.back().size()) + " values where " +
                               std::to_string(expected[read.size() - 1]) + " were expected"};
        }
        if (auto done = take(bytes, source); !done) return failure{done.error()};
        std::copy(read[0].begin(), read[0].end(), kept_.get());
        steps_ = static_cast<long long>(detail::number_at(read[1], 0));
        std::vector<std::uint64_t> numbers;
        for (std::size_t i = 1; i <= count; ++i) numbers.push_back(detail::number_at(read[1], i));
        return numbers;
    }

    // Piece by piece: forward, gradients of outputs, backward, update.

    /// Forward over that many pictures, which were written to `input`.
    void forward(int pictures) { pass_.forward(pictures, threads_); }
    /// Of the pictures from `begin` on: a row for each channel of a map.
    void read(feature_map map, int begin, int count, pixel_rows<float> to) const {
        pass_.read(map, begin, count, to);
    }
    /// Before the gradients of outputs are put.
    void clear_gradients() { pass_.clear_gradients(); }
    /// Adds to the gradient of an output, of which `from` has a row for each channel of all pictures.
    void put_output_gradient(feature_map map, pixel_rows<const float> from) {
        pass_.put_output_gradient(map, from);
    }
    /// Backward from what was put, to `gradients`.
    void backward() {
        pass_.backward(threads_);
        for (int part = 1; part < training_pass::parts; ++part) {
            const float* const other = gradients_.get() + part * of::trained_size;
            for (long long i = 0; i < of::trained_size; ++i) gradients_[size(i)] += other[i];
        }
    }
    /// Forward and backward with cross-entropy, the parameters as they are. The mean loss.
    double find_gradients(std::span<const int> labels) {
        const int pictures = static_cast<int>(labels.size());
        forward(pictures);
        const pixel_rows<float> values{logits_.get(), logits_pitch};
        const pixel_rows<float> given = values.from(logits.count);
        read(logits, 0, pictures, values);
        const double loss = cross_entropy(values, logits.count, labels, Options.label_smoothing, given);
        clear_gradients();
        put_output_gradient(logits, given);
        backward();
        return loss;
    }
    /// The optimiser's step along `gradients`.
    void update(double rate) {
        plait::update(Options.optimiser, rate, ++steps_, of::trained_size, gradients_.get(),
                      parameters_.get(), kept_.get());
    }

    /// Where a channel of an input lies: its pictures one after another.
    float* run_of(feature_map map, int c) { return pass_.input(map, c); }
    /// Values of all tensors, those that are trained first, at their `places`.
    std::span<float> parameters() { return {parameters_.get(), size(of::parameters_size)}; }
    /// Of those that are trained.
    std::span<const float> gradients() const { return {gradients_.get(), size(of::trained_size)}; }
    const parameter_places& places() const { return pass_.places(); }

private:
    std::vector<named_values> named_tensors() const {
        std::vector<named_values> tensors;
        const network_tensors names = tensors_of<Network>();
        for (std::size_t i = 0; i < names.rows.size(); ++i) {
            const parameter& row = names.rows[i];
            tensors.push_back({.name = std::string(std::string_view(names.name(row))),
                               .dimensions = {row.dimensions, row.dimensions + row.rank},
                               .values = {parameters_.get() + places().begin(i), size(row.elements())}});
        }
        return tensors;
    }

    static std::size_t size(long long n) { return static_cast<std::size_t>(n); }
    static constexpr int offsets_before(int input) {
        int count = 0;
        for (int i = 0; i < input; ++i) count += Network::written.input_map(i).count;
        return count;
    }

    training_pass pass_;
    workers threads_;
    aligned_memory<float> maps_;
    aligned_memory<float> parameters_;
    aligned_memory<float> gradients_;
    aligned_memory<float> kept_;
    aligned_memory<float> logits_;
    std::vector<int> input_offsets_;
    long long steps_ = 0;
};

}  // namespace plait::inline PLAIT_TARGET
