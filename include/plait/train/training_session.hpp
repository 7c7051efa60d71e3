// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/core/finite.hpp"
#include "plait/core/function_view.hpp"
#include "plait/core/in_quotes.hpp"
#include "plait/core/random.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors_writer.hpp"
#include "plait/io/weight_reader.hpp"
#include "plait/train/initialise.hpp"
#include "plait/train/loss.hpp"
#include "plait/train/rounding.hpp"
#include "plait/train/training.hpp"
#include "plait/train/training_pass.hpp"

namespace plait::inline PLAIT_TARGET {

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

/// How many values a training takes of each kind.
struct training_sizes {
    long long inputs = 0;
    long long maps = 0;        ///< as they are stored
    long long scratch = 0;     ///< of each part
    long long packed = 0;      ///< of one call's weights
    long long parameters = 0;  ///< of all tensors
    long long trained = 0;     ///< of those that are trained
    long long logits = 0;      ///< between the rows of the last output

    /// All that is held of values.
    constexpr long long bytes(const training& how, int parts, int stored_bytes, int classes) const {
        const int copies = how.averages() ? 2 : 1;
        return stored_bytes * maps + 4 * (inputs + parts * scratch + packed + copies * parameters +
                                          (parts + how.optimiser.kept()) * trained + 2 * classes * logits);
    }
};

}  // namespace detail

/// What a trainer is, whatever its network's type: parameters, what an optimiser keeps of them, and steps
/// over batches. All its memory is taken when it is made.
template <class Stored>
class training_session {
    using pass = training_pass<Stored>;

public:
    static constexpr int parts = pass::parts;

    /// One step over as many pictures as there are labels, which were written to `input`: forward, backward
    /// and the optimiser's. The mean cross-entropy of softmax before the step. Where a step cannot be, or its
    /// loss is not finite, `problem` says why, the parameters are as they were, and the loss is not finite;
    /// so it is where the step has made parameters that are not. Of a network of more classes than `classes`,
    /// the first so many are trained; 0 for all.
    double step(std::span<const int> labels, double rate, int classes = 0) {
        if (!accepts(labels, classes)) return std::numeric_limits<double>::quiet_NaN();
        return step_with(
            static_cast<int>(labels.size()),
            [&](channel_rows<const float> values, channel_rows<float> gradient) {
                return entropy_of(labels, classes, values, gradient);
            },
            rate);
    }
    /// The same with a loss of the caller's on the last output: `loss(values, gradient)` is given a row for
    /// each channel, with the pixels of one picture after those of another, and puts the gradient of each.
    template <class Loss>
        requires std::is_invocable_r_v<double, Loss&, channel_rows<const float>, channel_rows<float>>
    double step_with(int pictures, Loss loss, double rate) {
        problem_.clear();
        if (!is_finite(rate) || rate < 0) return refuse("a rate of at least 0 was expected");
        const double made = find_gradients_with(pictures, loss);
        if (!problem_.empty()) return made;
        if (!is_finite(made)) {
            problem_ = why_not_finite();
            return made;
        }
        if (!are_finite(gradients()))
            return refuse("the gradient of " + name_of_bad(gradients()) + " is not finite at step " +
                          std::to_string(steps_ + 1));
        update(rate);
        if (!are_finite(parameters()))
            return refuse(name_of_bad(parameters()) + " is not finite after step " + std::to_string(steps_));
        return made;
    }

    /// Why the last step was none; empty where it was one.
    const std::string& problem() const { return problem_; }
    /// Once this is set, a step ends between two calls and is none; null for never.
    void stop_when(const std::atomic<bool>* is_asked) { stop_ = is_asked; }
    /// From the next step on as `training::label_smoothing`, of which 0 to 1 is.
    void set_label_smoothing(double part) { options_.label_smoothing = part; }
    /// From the next step on as `optimiser::weight_decay`.
    void set_weight_decay(double by) { options_.optimiser.weight_decay = by; }
    /// Rounds from the next step on, as `round_as` does.
    void round(rounding how) {
        rounding_ = std::move(how);
        rounded_ = make_aligned<float>(places().size());
        pass_.round(rounding_.maps);
        pass_.read_parameters(rounded_.get());
    }
    /// Trains with other processes from now on, which have the same parameters: a step's pictures are those
    /// of all of them.
    void join(collective& others) {
        others_ = &others;
        pass_.join(&others);
    }

    /// All tensors under PyTorch's names, as a safetensors file.
    std::vector<std::byte> state_dict() const { return write_safetensors(tensors()); }
    /// The same of the average of parameters; where there is none, of the parameters.
    std::vector<std::byte> averaged_state_dict() const {
        return write_safetensors(tensors_at(averages() && steps_ > 0 ? averaged_.get() : parameters_.get()));
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
        const network_tensors names = tensors_;
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
        const float version = checkpoint_version;
        const float stored_bytes = sizeof(Stored);
        add("version", std::span(&version, 1));
        add("bytes", std::span(&stored_bytes, 1));
        add("kept", kept());
        if (averages()) add("average", averaged());
        add("numbers", stored_numbers);
        return write_safetensors(all);
    }

    /// Goes on from a checkpoint; its numbers, of which `count` are expected. After a refusal all is as
    /// before.
    result<std::vector<std::uint64_t>> resume(std::span<const std::byte> bytes, std::string_view source,
                                              std::size_t count) {
        const auto file = safetensors::parse(bytes, source);
        if (!file) return failure{file.error()};
        if (auto done = expect_number(*file, source, "version", checkpoint_version,
                                      "is a checkpoint of another version of Plait");
            !done)
            return failure{done.error()};
        if (auto done =
                expect_number(*file, source, "bytes", sizeof(Stored),
                              "is a checkpoint of a training that stores what lies between otherwise");
            !done)
            return failure{done.error()};
        const auto kept_before = read_checkpoint(*file, source, "kept", kept().size());
        if (!kept_before) return failure{kept_before.error()};
        const auto read = read_checkpoint(*file, source, "numbers", 4 * (count + 2));
        if (!read) return failure{read.error()};
        std::vector<float> average;
        if (averages()) {
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
        numbers.reserve(count);
        for (std::size_t i = 0; i < count; ++i) numbers.push_back(detail::number_at(*read, i + 2));
        return numbers;
    }

    // Piece by piece: forward, gradients of outputs, backward, update.

    /// Forward over that many pictures, which were written to `input`; whether it was not stopped.
    bool forward(int pictures) {
        if (rounded_) round_parameters();
        pass_.draw(random_numbers(seed_ + 0xd09'0000U * static_cast<std::uint64_t>(steps_ + 1) +
                                  static_cast<std::uint64_t>(others_ ? others_->rank() : 0))
                       .next());
        return pass_.forward(pictures, threads_, stop_);
    }
    /// Of the pictures from `begin` on: a row for each channel of a map.
    void read(feature_map map, int begin, int count, channel_rows<float> to) const {
        pass_.read(map, begin, count, to);
    }
    /// Before the gradients of outputs are put.
    void clear_gradients() { pass_.clear_gradients(threads_); }
    /// Adds to the gradient of an output, of which `from` has a row for each channel of all pictures.
    void put_output_gradient(feature_map map, channel_rows<const float> from) {
        pass_.put_output_gradient(map, from);
    }
    /// Backward from what was put, to `gradients`; whether it was not stopped.
    bool backward() { return pass_.backward(threads_, stop_); }
    /// Forward and backward with cross-entropy, the parameters as they are. The mean loss.
    double find_gradients(std::span<const int> labels) {
        if (!accepts(labels, 0)) return std::numeric_limits<double>::quiet_NaN();
        return find_gradients_with(static_cast<int>(labels.size()),
                                   [&](channel_rows<const float> values, channel_rows<float> gradient) {
                                       return entropy_of(labels, 0, values, gradient);
                                   });
    }
    /// The optimiser's step along `gradients`, and that of running statistics.
    void update(double rate) {
        ++steps_;
        pass_.move_statistics();
        threads_.run([&](int thread) {
            pass::for_slices(
                thread, threads_.count(), places().trained(), [&](long long begin, long long end) {
                    plait::update(options_.optimiser, rate, steps_, {places().trained(), begin, end},
                                  gradients_.get(), parameters_.get(), kept_.get());
                });
        });
        if (averages()) {
            const float stays =
                steps_ == 1 ? 0.0F : static_cast<float>(static_cast<double>(options_.average));
            for (long long i = 0; i < places().size(); ++i)
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
    std::span<float> parameters() { return {parameters_.get(), size(places().size())}; }
    /// Of those that are trained.
    std::span<const float> gradients() const { return {gradients_.get(), size(places().trained())}; }
    /// Where the network's tensors begin.
    const parameter_places& places() const { return pass_.places(); }

protected:
    training_session(const training_network& network, const training& options,
                     const detail::training_sizes& sizes, std::uint64_t seed, int threads)
        : tensors_(network.tensors),
          options_(options),
          logits_map_(network.outputs.back()),
          logits_pitch_(sizes.logits),
          pass_(network),
          threads_(threads < 1 ? 1 : threads),
          inputs_(make_aligned<float>(sizes.inputs)),
          maps_(make_aligned<Stored>(sizes.maps)),
          scratch_(make_aligned<float>(parts * sizes.scratch)),
          packed_(make_aligned<float>(sizes.packed)),
          parameters_(make_aligned<float>(sizes.parameters)),
          averaged_(make_aligned<float>(averages() ? sizes.parameters : 0)),
          gradients_(make_aligned<float>(parts * sizes.trained)),
          kept_(make_aligned<float>(options.optimiser.kept() * sizes.trained)),
          logits_(make_aligned<float>(2 * logits_map_.count * sizes.logits)),
          seed_(seed) {
        random_numbers random(seed);
        initialise(network, places(), options.initialisation, random, parameters());
        pass_.bind({.inputs = inputs_.get(),
                    .maps = maps_.get(),
                    .scratch = scratch_.get(),
                    .packed = packed_.get(),
                    .parameters = parameters_.get(),
                    .gradients = gradients_.get(),
                    .statistics = parameters_.get() + sizes.trained});
    }

    /// Calls `put(n)` for each picture, in all threads.
    void put_all(int pictures, function_view<void(int)> put) {
        threads_.run([&](int thread) {
            for (int n = thread; n < pictures; n += threads_.count()) put(n);
        });
    }
    bool accepts(std::span<const int> labels, int classes) {
        problem_.clear();
        if (classes == 0) classes = logits_map_.count;
        const auto sentence = [this](const detail::text& why) { refuse(std::string(std::string_view(why))); };
        if (labels.empty() || labels.size() > size(options_.batch)) {
            sentence(detail::text("")
                     << labels.size() << " labels where 1 to " << options_.batch << " were expected");
            return false;
        }
        for (std::size_t n = 0; n < labels.size(); ++n) {
            if (labels[n] >= 0 && labels[n] < classes) continue;
            sentence(detail::text("label ")
                     << labels[n] << " of picture " << n << " where 0 to " << classes - 1 << " was expected");
            return false;
        }
        return true;
    }
    double refuse(std::string why) {
        problem_ = std::move(why);
        return std::numeric_limits<double>::quiet_NaN();
    }

private:
    static constexpr int checkpoint_version = 1;

    std::string why_not_finite() const {
        const int call = pass_.first_not_finite();
        detail::text why("the loss");
        if (call != op::none) {
            const std::string_view layer = tensors_.layer_name(call);
            why << ", and what layer "
                << detail::in_quotes(layer.empty() ? to_string(tensors_.written[size(call)].kind) : layer)
                << " makes,";
        }
        why << " is not finite at step " << steps_ + 1;
        return std::string(std::string_view(why));
    }

    /// Has no branch, so that it is a vector's.
    static bool are_finite(std::span<const float> values) {
        unsigned bad = 0;
        for (const float value : values) bad |= is_finite(value) ? 0U : 1U;
        return bad == 0;
    }
    /// The tensor, of those that are trained, with the first value that is not finite.
    std::string name_of_bad(std::span<const float> values) const {
        const auto bad = std::find_if(values.begin(), values.end(), [](float x) { return !is_finite(x); });
        return std::string(
            std::string_view(detail::in_quotes(tensors_.name(places().row_at(bad - values.begin())))));
    }

    double entropy_of(std::span<const int> labels, int classes, channel_rows<const float> values,
                      channel_rows<float> gradient) const {
        const int all = logits_map_.count;
        if (classes == 0) classes = all;
        for (int k = classes; k < all; ++k) std::fill_n(gradient.row(k), labels.size(), 0.0F);
        return cross_entropy(values, classes, labels, options_.label_smoothing, gradient, pass_.pictures());
    }

    double find_gradients_with(int pictures,
                               function_view<double(channel_rows<const float>, channel_rows<float>)> loss) {
        if (pictures < 1 || pictures > options_.batch)
            return refuse(std::to_string(pictures) + " pictures where 1 to " +
                          std::to_string(options_.batch) + " were expected");
        if (!forward(pictures)) return refuse("stopped");
        const channel_rows<float> values{logits_.get(), logits_pitch_};
        const channel_rows<float> given = values.from(logits_map_.count);
        read(logits_map_, 0, pictures, values);
        double made = loss(channel_rows<const float>(values), given);
        if (others_) others_->sum(std::span(&made, 1));
        if (!is_finite(made)) return made;
        pass_.reset_scale();
        do {
            clear_gradients();
            put_output_gradient(logits_map_, given);
            if (!backward()) return refuse("stopped");
        } while (pass::scales && !are_finite(gradients()) && pass_.lower_scale());
        return made;
    }

    void round_parameters() {
        std::copy(parameters().begin(), parameters().end(), rounded_.get());
        for (const rounding::layer& layer : rounding_.layers) {
            const long long place = places().of(layer.call, tensor_role::weight);
            round_weights(tensors_.written[size(layer.call)], layer.input_scale, parameters_.get() + place,
                          rounded_.get() + place);
        }
    }

    std::vector<named_values> tensors_at(const float* values) const {
        std::vector<named_values> made;
        const network_tensors names = tensors_;
        for (std::size_t i = 0; i < names.rows.size(); ++i) {
            const parameter& row = names.rows[i];
            made.push_back({.name = std::string(std::string_view(names.name(row))),
                            .dimensions = {row.dimensions, row.dimensions + row.rank},
                            .values = {values + places().begin(i), size(row.elements())}});
        }
        return made;
    }

    static result<void> expect_number(const safetensors& file, std::string_view source, const char* name,
                                      int expected, const char* otherwise) {
        const auto read = read_checkpoint(file, source, name, 1);
        if (!read) return failure{read.error()};
        if (read->front() == static_cast<float>(expected)) return {};
        return failure{std::string(source) + ": " + otherwise + " (" + std::string(training_prefix) + name +
                       " is " + std::to_string(static_cast<long long>(read->front())) + " where " +
                       std::to_string(expected) + " was expected)"};
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
    bool averages() const { return options_.averages(); }
    std::span<const float> kept() const {
        return {kept_.get(), size(options_.optimiser.kept() * places().trained())};
    }
    std::span<const float> averaged() const { return {averaged_.get(), size(places().size())}; }

    network_tensors tensors_;
    training options_;
    feature_map logits_map_;
    long long logits_pitch_;
    pass pass_;
    workers threads_;
    aligned_memory<float> inputs_;
    aligned_memory<Stored> maps_;
    aligned_memory<float> scratch_;
    aligned_memory<float> packed_;
    aligned_memory<float> parameters_;
    aligned_memory<float> averaged_;
    aligned_memory<float> gradients_;
    aligned_memory<float> kept_;
    aligned_memory<float> logits_;
    aligned_memory<float> rounded_;  ///< parameters as the pass reads them, where it rounds
    rounding rounding_;
    std::string problem_;
    const std::atomic<bool>* stop_ = nullptr;
    collective* others_ = nullptr;
    std::uint64_t seed_ = 1;
    long long steps_ = 0;
};

}  // namespace plait::inline PLAIT_TARGET
