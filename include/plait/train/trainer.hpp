// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "plait/network/network.hpp"
#include "plait/train/loss.hpp"
#include "plait/train/training_pass.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a trainer's memory depends on.
struct training {
    int batch = 128;  ///< pictures of a step at most

    friend constexpr bool operator==(training, training) = default;
};

namespace detail {

template <class Network, int Batch>
struct training_of {
    static constexpr auto stored = find_stored_calls(Network::written);
    static constexpr auto plan = plan_training(Network::written, stored, Batch);

    static training_network network() {
        constexpr const auto& written = Network::written;
        constexpr graph_sizes sizes = std::remove_cvref_t<decltype(written)>::sizes;
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
                .size = plan.size};
    }
};

}  // namespace detail

/// Trains a network: parameters, their gradients, and a batch forward and backward.
template <class Network, training Options = training{}>
class trainer {
    using of = detail::training_of<Network, Options.batch>;

public:
    using network = Network;

    explicit trainer(int threads = 1)
        : pass_(of::network()),
          threads_(threads),
          maps_(make_aligned<float>(pass_.memory_size())),
          parameters_(make_aligned<float>(pass_.places().size())),
          gradients_(make_aligned<float>(training_pass::parts * pass_.places().trained())) {}

    /// All tensors, those that are trained first: see `training_pass::places`.
    std::span<float> parameters() { return {parameters_.get(), size(pass_.places().size())}; }
    /// Their gradients, after a step.
    std::span<const float> gradients() const { return {gradients_.get(), size(pass_.places().trained())}; }
    const parameter_places& places() const { return pass_.places(); }

    /// Where channel `c` of an input lies: pictures one after another.
    float* input(feature_map map, int c) { return bound().input(map, c); }
    float* input(int c) { return input(Network::written.input, c); }

    /// Forward over that many pictures.
    void forward(int pictures) { bound().forward(memory(), pictures, threads_); }
    /// Before the gradients of outputs are put.
    void clear_gradients() { pass_.clear_gradients(); }
    /// Adds to the gradient of an output, of which `from` has a row for each channel of all pictures.
    void put_output_gradient(feature_map map, pixel_rows<const float> from) {
        pass_.put_output_gradient(map, from);
    }
    /// Backward from what was put, to `gradients`.
    void backward() {
        pass_.backward(threads_);
        const long long trained = pass_.places().trained();
        for (long long i = 0; i < trained; ++i)
            for (int part = 1; part < training_pass::parts; ++part)
                gradients_[size(i)] += gradients_[size(part * trained + i)];
    }

    /// Forward and backward over that many pictures with cross-entropy; the mean loss.
    double gradients_of_cross_entropy(std::span<const int> labels, double smoothing = 0) {
        const int pictures = static_cast<int>(labels.size());
        forward(pictures);
        constexpr feature_map logits = Network::written.outputs[Network::sizes.outputs - 1];
        const long long pitch = padded_pixels(pictures);
        std::vector<float> values(size(2 * logits.count * pitch));
        const pixel_rows<float> read{values.data(), pitch};
        const pixel_rows<float> given{values.data() + logits.count * pitch, pitch};
        pass_.read(logits, 0, pictures, read);
        const double loss = cross_entropy(read, logits.count, labels, smoothing, given);
        clear_gradients();
        put_output_gradient(logits, given);
        backward();
        return loss;
    }

private:
    static std::size_t size(long long n) { return static_cast<std::size_t>(n); }
    training_pass::memory memory() {
        return {maps_.get(), parameters_.get(), gradients_.get(),
                parameters_.get() + pass_.places().trained()};
    }
    training_pass& bound() {
        pass_.bind(memory());
        return pass_;
    }

    training_pass pass_;
    workers threads_;
    aligned_memory<float> maps_;
    aligned_memory<float> parameters_;
    aligned_memory<float> gradients_;
};

}  // namespace plait::inline PLAIT_TARGET
