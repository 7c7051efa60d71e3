// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "any_trainer.hpp"
#include "class_rows.hpp"
#include "networks.hpp"
#include "plait/train/trainer.hpp"

// Compiled once for each list of networks, in the trainers_*.cpp beside this.

namespace examples {

namespace detail {

/// Calls `take` with the options for a file whose last layer `head` may be of another number of classes.
plait::result<void> take_weights(std::span<const std::byte> bytes, std::string_view source,
                                 std::string_view head, int classes,
                                 const std::function<plait::result<void>(const plait::load_options&)>& take);

/// The name of a network's last layer.
template <class Network>
constexpr plait::name last_layer() {
    const auto& row = Network::parameter_rows.rows[Network::parameter_rows.size - 1];
    plait::name found;
    for (int i = 0; i < row.layer.count; ++i)
        found.text[i] = Network::written.characters[row.layer.first + i];
    return found;
}

template <class Network, plait::training Options>
class trainer_of final : public any_trainer {
    using trainer = plait::trainer<Network, Options>;

public:
    explicit trainer_of(const training_choice& chosen) : learning_(chosen.seed, chosen.threads) {
        learning_.set_label_smoothing(chosen.label_smoothing);
        learning_.set_weight_decay(chosen.weight_decay);
    }

    double step(const std::function<void(int, const picture_writer&)>& put, std::span<const int> labels,
                int classes, double rate) override {
        return learning_.step([&](int n, const picture_writer& to) { put(n, to); }, labels, rate, classes);
    }
    const std::string& problem() const override { return learning_.problem(); }
    void stop_when(const std::atomic<bool>* is_asked) override { learning_.stop_when(is_asked); }
    std::vector<std::byte> state_dict(int classes) const override {
        return with_classes(learning_.tensors(), classes);
    }
    std::vector<std::byte> checkpoint(std::span<const std::uint64_t> numbers) const override {
        return learning_.checkpoint(numbers);
    }
    plait::result<std::vector<std::uint64_t>> resume(std::span<const std::byte> bytes,
                                                     std::string_view source, std::size_t count) override {
        return learning_.resume(bytes, source, count);
    }
    plait::result<void> take(std::span<const std::byte> bytes, std::string_view source) override {
        static constexpr plait::name head = last_layer<Network>();
        return take_weights(
            bytes, source, head.view(), Network::output.channels,
            [&](const plait::load_options& options) { return learning_.take(bytes, source, options); });
    }
    long long memory_bytes() const override { return trainer::memory_bytes; }

private:
    trainer learning_;
};

template <class Network>
std::unique_ptr<any_trainer> make_trainer(const training_choice& chosen) {
    constexpr int batch = any_trainer::most_pictures;
    constexpr plait::name head = last_layer<Network>();
    using plait::training;
    if (chosen.only_head)
        return std::make_unique<trainer_of<Network, training{.batch = batch, .trains_from = head}>>(chosen);
    if (chosen.keeps_half)
        return std::make_unique<
            trainer_of<Network, training{.batch = batch, .storage = plait::storage::f16}>>(chosen);
    return std::make_unique<trainer_of<Network, training{.batch = batch}>>(chosen);
}

template <class... Named>
void append_trainers(network_list<Named...>, std::vector<trainer_entry>& entries) {
    (entries.push_back({.name = Named::name,
                        .classes = Named::network::output.channels,
                        .make = make_trainer<typename Named::network>}),
     ...);
}

}  // namespace detail

/// Appends the trainers of a list of networks.
template <class List>
void append_trainers(std::vector<trainer_entry>& entries) {
    detail::append_trainers(List{}, entries);
}

}  // namespace examples
