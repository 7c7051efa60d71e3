// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/core/bfloat16.hpp"
#include "plait/core/finite.hpp"
#include "plait/core/name.hpp"
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

/// What lies between forward and backward, and gradients of it: floats, or the upper 16 bits of them
/// (bfloat16), which take half the memory. Parameters and sums are floats and doubles either way.
enum class stored_as : unsigned char { f32, f16 };

/// How a network is trained.
struct training {
    int batch = 128;  ///< pictures of a step at most
    int threads = 1;  ///< that work on a step unless the trainer says, the caller's among them
    plait::optimiser optimiser{};
    real label_smoothing = 0.0;
    stored_as storage = stored_as::f32;
    /// The layer, or all of whose names begin so and a dot, from which on the network is trained. What comes
    /// before it is as when the network runs: norms too.
    name trains_from{};
    bool freezes_norms = false;  ///< whether norms keep the statistics that they have
    real average = 0.0;          ///< of parameters over steps: how much of it stays at each; 0 for none
    bool clips = true;           ///< else ReLUs and clips pass everything, for checks of gradients
    bool drops = true;           ///< else dropout does nothing, for checks of gradients

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
    using stored_value = std::conditional_t<Options.storage == stored_as::f32, float, bfloat16>;
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

/// Trains a network: its parameters, what an optimiser keeps of them, and steps over batches. All its memory
/// is taken when it is made.
template <class Network, training Options = training{}>
class trainer {
    static_assert(Options.batch > 0 && Options.threads > 0,
                  "a batch and threads of at least 1 were expected");
    using of = detail::training_of<Network, Options>;
    using stored_value = typename of::stored_value;
    static constexpr feature_map logits = Network::written.outputs[Network::sizes.outputs - 1];
    static constexpr long long logits_pitch = padded_pixels(Options.batch * logits.size.pixels()) + 16;
    static constexpr bool averages = !(Options.average == real{0.0});

public:
    using network = Network;
    using input_tensor = tensor<float, Network::input>;
    static constexpr int batch = Options.batch;
    static constexpr int parts = of::pass::parts;

    /// All that it holds of values: maps and gradients of a batch, scratch, parameters, their gradients, and
    /// what the optimiser and the average keep.
    static constexpr long long memory_bytes =
        static_cast<long long>(sizeof(stored_value)) * of::plan.size +
        4 * (of::plan.inputs + parts * of::scratch_size + (averages ? 2 : 1) * of::parameters_size +
             (parts + Options.optimiser.kept()) * of::trained_size + 2 * logits.count * logits_pitch);

    /// With parameters as PyTorch begins with them. Results do not depend on the number of threads.
    explicit trainer(std::uint64_t seed = 1, int threads = Options.threads)
        : pass_(of::network()),
          threads_(threads < 1 ? 1 : threads),
          inputs_(make_aligned<float>(of::plan.inputs)),
          maps_(make_aligned<stored_value>(of::plan.size)),
          scratch_(make_aligned<float>(parts * of::scratch_size)),
          parameters_(make_aligned<float>(of::parameters_size)),
          averaged_(make_aligned<float>(averages ? of::parameters_size : 0)),
          gradients_(make_aligned<float>(parts * of::trained_size)),
          kept_(make_aligned<float>(Options.optimiser.kept() * of::trained_size)),
          logits_(make_aligned<float>(2 * logits.count * logits_pitch)),
          seed_(seed) {
        for (int i = 0; i < Network::input_count; ++i) {
            const feature_map map = Network::written.input_map(i);
            for (int c = 0; c < map.count; ++c)
                input_offsets_.push_back(static_cast<int>(c * run_pitch(map.size, batch)));
        }
        random_numbers random(seed);
        initialise(of::network(), places(), random, parameters());
        pass_.bind({.inputs = inputs_.get(),
                    .maps = maps_.get(),
                    .scratch = scratch_.get(),
                    .parameters = parameters_.get(),
                    .gradients = gradients_.get(),
                    .statistics = parameters_.get() + of::trained_size});
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
    /// and the optimiser's. The mean cross-entropy of softmax before the step. Where a step cannot be, or its
    /// loss is not finite, `problem` says why, the parameters are as they were, and the loss is not finite.
    double step(std::span<const int> labels, double rate) {
        if (!accepts(labels)) return std::numeric_limits<double>::quiet_NaN();
        return step_with(
            static_cast<int>(labels.size()),
            [&](pixel_rows<const float> values, pixel_rows<float> gradient) {
                return cross_entropy(values, logits.count, labels, Options.label_smoothing, gradient,
                                     pass_.pictures());
            },
            rate);
    }
    /// The same of pictures that `put(n, map_writer)` writes, in all threads.
    template <class Put>
        requires std::is_invocable_v<Put&, int, map_writer<Network::input>>
    double step(Put put, std::span<const int> labels, double rate) {
        if (!accepts(labels)) return std::numeric_limits<double>::quiet_NaN();
        const int pictures = static_cast<int>(labels.size());
        threads_.run([&](int thread) {
            for (int n = thread; n < pictures; n += threads_.count()) put(n, input(n));
        });
        return step(labels, rate);
    }
    /// The same of pictures anywhere.
    double step(std::span<const input_tensor> pictures, std::span<const int> labels, double rate) {
        if (pictures.size() != labels.size())
            return refuse(std::to_string(labels.size()) + " labels of " + std::to_string(pictures.size()) +
                          " pictures, where as many were expected");
        if (!accepts(labels)) return std::numeric_limits<double>::quiet_NaN();
        for (std::size_t n = 0; n < pictures.size(); ++n) input(static_cast<int>(n)).copy(pictures[n]);
        return step(labels, rate);
    }
    /// The same with a loss of the caller's on the last output: `loss(values, gradient)` is given a row for
    /// each channel, with the pixels of one picture after those of another, and puts the gradient of each.
    template <class Loss>
        requires std::is_invocable_r_v<double, Loss&, pixel_rows<const float>, pixel_rows<float>>
    double step_with(int pictures, Loss loss, double rate) {
        problem_.clear();
        if (!(rate >= 0) || !std::isfinite(rate)) return refuse("a rate of at least 0 was expected");
        const double made = find_gradients_with(pictures, loss);
        if (!problem_.empty()) return made;
        if (!std::isfinite(made)) {
            problem_ = why_not_finite();
            return made;
        }
        update(rate);
        return made;
    }

    /// Why the last step was none; empty where it was one.
    const std::string& problem() const { return problem_; }
    /// Once this is set, a step ends between two calls and is none; null for never.
    void stop_when(const std::atomic<bool>* is_asked) { stop_ = is_asked; }
    /// Trains with other processes from now on, which have the same parameters: a step's pictures are those
    /// of all of them.
    void join(collective& others) {
        others_ = &others;
        pass_.join(&others);
    }

    /// The model that it has become, which runs like any other.
    plait::model<Network> model() const { return std::move(*load<Network>(state_dict())); }
    /// The same of the average of parameters.
    plait::model<Network> averaged_model() const requires(averages) {
        return std::move(*load<Network>(averaged_state_dict()));
    }

    /// All tensors under PyTorch's names, as a safetensors file.
    std::vector<std::byte> state_dict() const { return write_safetensors(tensors()); }
    /// The same of the average of parameters.
    std::vector<std::byte> averaged_state_dict() const requires(averages) {
        return write_safetensors(tensors_at(steps_ > 0 ? averaged_.get() : parameters_.get()));
    }
    /// The state_dict into a file.
    result<void> save(const file_path& path) const { return write_file(state_dict(), path); }
    /// Names, dimensions and values of all tensors, which change with each step.
    std::vector<named_values> tensors() const { return tensors_at(parameters_.get()); }

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
        detail::append_number(seed_, stored_numbers);
        for (const std::uint64_t number : numbers) detail::append_number(number, stored_numbers);
        std::vector<named_values> all = tensors();
        const auto add = [&](const char* name, std::span<const float> values) {
            all.push_back({.name = std::string(training_prefix) + name,
                           .dimensions = {static_cast<std::int64_t>(values.size())},
                           .values = values});
        };
        add("kept", kept());
        if constexpr (averages) add("average", averaged());
        add("numbers", stored_numbers);
        return write_safetensors(all);
    }

    /// Goes on from a checkpoint; its numbers, of which `count` are expected. After a refusal all is as
    /// before.
    result<std::vector<std::uint64_t>> resume(std::span<const std::byte> bytes, std::string_view source,
                                              std::size_t count) {
        const auto file = safetensors::parse(bytes, source);
        if (!file) return failure{file.error()};
        const auto kept_before = read_checkpoint(*file, source, "kept", kept().size());
        if (!kept_before) return failure{kept_before.error()};
        const auto read = read_checkpoint(*file, source, "numbers", 4 * (count + 2));
        if (!read) return failure{read.error()};
        std::vector<float> average;
        if constexpr (averages) {
            auto before = read_checkpoint(*file, source, "average", averaged().size());
            if (!before) return failure{before.error()};
            average = *std::move(before);
        }
        if (auto done = take(bytes, source); !done) return failure{done.error()};
        std::copy(kept_before->begin(), kept_before->end(), kept_.get());
        std::copy(average.begin(), average.end(), averaged_.get());
        steps_ = static_cast<long long>(detail::number_at(*read, 0));
        seed_ = detail::number_at(*read, 1);
        std::vector<std::uint64_t> numbers;
        for (std::size_t i = 0; i < count; ++i) numbers.push_back(detail::number_at(*read, i + 2));
        return numbers;
    }

    // Piece by piece: forward, gradients of outputs, backward, update.

    /// Forward over that many pictures, which were written to `input`; whether it was not stopped.
    bool forward(int pictures) {
        pass_.draw(random_numbers(seed_ + 0xd09'0000U * static_cast<std::uint64_t>(steps_ + 1) +
                                  static_cast<std::uint64_t>(others_ ? others_->rank() : 0))
                       .next());
        return pass_.forward(pictures, threads_, stop_);
    }
    /// Of the pictures from `begin` on: a row for each channel of a map.
    void read(feature_map map, int begin, int count, pixel_rows<float> to) const {
        pass_.read(map, begin, count, to);
    }
    /// Before the gradients of outputs are put.
    void clear_gradients() { pass_.clear_gradients(threads_); }
    /// Adds to the gradient of an output, of which `from` has a row for each channel of all pictures.
    void put_output_gradient(feature_map map, pixel_rows<const float> from) {
        pass_.put_output_gradient(map, from);
    }
    /// Backward from what was put, to `gradients`; whether it was not stopped.
    bool backward() { return pass_.backward(threads_, stop_); }
    /// Forward and backward with cross-entropy, the parameters as they are. The mean loss.
    double find_gradients(std::span<const int> labels) {
        if (!accepts(labels)) return std::numeric_limits<double>::quiet_NaN();
        return find_gradients_with(
            static_cast<int>(labels.size()), [&](pixel_rows<const float> values, pixel_rows<float> gradient) {
                return cross_entropy(values, logits.count, labels, Options.label_smoothing, gradient,
                                     pass_.pictures());
            });
    }
    /// The optimiser's step along `gradients`.
    void update(double rate) {
        ++steps_;
        threads_.run([&](int thread) {
            of::pass::for_slices(
                thread, threads_.count(), of::trained_size, [&](long long begin, long long end) {
                    plait::update(Options.optimiser, rate, steps_, {of::trained_size, begin, end},
                                  gradients_.get(), parameters_.get(), kept_.get());
                });
        });
        if constexpr (averages) {
            const float stays = steps_ == 1 ? 0.0F : static_cast<float>(double{Options.average});
            for (long long i = 0; i < of::parameters_size; ++i)
                averaged_[size(i)] += (1 - stays) * (parameters_[size(i)] - averaged_[size(i)]);
        }
    }
    /// Steps so far.
    long long steps() const { return steps_; }
    /// Pictures of the step, of all processes.
    double pictures() const { return pass_.pictures(); }

    /// Where a channel of an input lies: its pictures one after another.
    float* run_of(feature_map map, int c) { return pass_.input(map, c); }
    /// Values of all tensors, those that are trained first, at their `places`.
    std::span<float> parameters() { return {parameters_.get(), size(of::parameters_size)}; }
    /// Of those that are trained.
    std::span<const float> gradients() const { return {gradients_.get(), size(of::trained_size)}; }
    const parameter_places& places() const { return pass_.places(); }

private:
    double refuse(std::string why) {
        problem_ = std::move(why);
        return std::numeric_limits<double>::quiet_NaN();
    }
    bool accepts(std::span<const int> labels) {
        problem_.clear();
        if (labels.empty() || labels.size() > size(batch)) {
            refuse(std::to_string(labels.size()) + " labels where 1 to " + std::to_string(batch) +
                   " were expected");
            return false;
        }
        for (std::size_t n = 0; n < labels.size(); ++n) {
            if (labels[n] >= 0 && labels[n] < logits.count) continue;
            refuse("label " + std::to_string(labels[n]) + " of picture " + std::to_string(n) +
                   " where 0 to " + std::to_string(logits.count - 1) + " was expected");
            return false;
        }
        return true;
    }
    std::string why_not_finite() const {
        const int call = pass_.first_not_finite();
        std::string where = "the loss";
        if (call != op::none) {
            const network_tensors names = tensors_of<Network>();
            const std::string_view layer = names.layer_name(call);
            where += ", and what layer ";
            where += layer.empty() ? "'" + std::string(to_string(Network::written.ops[call].kind)) + "'"
                                   : std::string(std::string_view(detail::in_quotes(layer)));
            where += " makes,";
        }
        return where + " is not finite at step " + std::to_string(steps_ + 1);
    }

    template <class Loss>
    double find_gradients_with(int pictures, Loss&& loss) {
        if (pictures < 1 || pictures > batch)
            return refuse(std::to_string(pictures) + " pictures where 1 to " + std::to_string(batch) +
                          " were expected");
        if (!forward(pictures)) return refuse("stopped");
        const pixel_rows<float> values{logits_.get(), logits_pitch};
        const pixel_rows<float> given = values.from(logits.count);
        read(logits, 0, pictures, values);
        double made = loss(pixel_rows<const float>(values), given);
        if (others_) others_->sum(std::span(&made, 1));
        if (!std::isfinite(made)) return made;
        clear_gradients();
        put_output_gradient(logits, given);
        return backward() ? made : refuse("stopped");
    }

    std::vector<named_values> tensors_at(const float* values) const {
        std::vector<named_values> made;
        const network_tensors names = tensors_of<Network>();
        for (std::size_t i = 0; i < names.rows.size(); ++i) {
            const parameter& row = names.rows[i];
            made.push_back({.name = std::string(std::string_view(names.name(row))),
                            .dimensions = {row.dimensions, row.dimensions + row.rank},
                            .values = {values + places().begin(i), size(row.elements())}});
        }
        return made;
    }

    static result<std::vector<float>> read_checkpoint(const safetensors& file, std::string_view source,
                                                      const char* name, std::size_t expected) {
        const std::string tensor_name = std::string(training_prefix) + name;
        const std::string quoted(std::string_view(detail::in_quotes(tensor_name)));
        const std::string where(source);
        const stored_tensor* stored = file.find(tensor_name);
        if (!stored)
            return failure{where + ": is no checkpoint of a training: tensor " + quoted + " is missing"};
        std::vector<float> values(static_cast<std::size_t>(stored->elements()));
        if (values.size() != expected)
            return failure{where + ": is a checkpoint of another network or optimiser: tensor " + quoted +
                           " has " + std::to_string(values.size()) + " values where " +
                           std::to_string(expected) + " were expected"};
        const bool is_readable = copy_as_float(*stored, values.data());
        if (!is_readable || !std::all_of(values.begin(), values.end(), [](float x) { return is_finite(x); }))
            return failure{where + ": tensor " + quoted +
                           " has values that are not finite where numbers were expected"};
        return values;
    }

    static std::size_t size(long long n) { return static_cast<std::size_t>(n); }
    static constexpr int offsets_before(int input) {
        int count = 0;
        for (int i = 0; i < input; ++i) count += Network::written.input_map(i).count;
        return count;
    }
    std::span<const float> kept() const {
        return {kept_.get(), size(Options.optimiser.kept() * of::trained_size)};
    }
    std::span<const float> averaged() const { return {averaged_.get(), size(of::parameters_size)}; }

    typename of::pass pass_;
    workers threads_;
    aligned_memory<float> inputs_;
    aligned_memory<stored_value> maps_;
    aligned_memory<float> scratch_;
    aligned_memory<float> parameters_;
    aligned_memory<float> averaged_;
    aligned_memory<float> gradients_;
    aligned_memory<float> kept_;
    aligned_memory<float> logits_;
    std::vector<int> input_offsets_;
    std::string problem_;
    const std::atomic<bool>* stop_ = nullptr;
    collective* others_ = nullptr;
    std::uint64_t seed_ = 1;
    long long steps_ = 0;
};

}  // namespace plait::inline PLAIT_TARGET
