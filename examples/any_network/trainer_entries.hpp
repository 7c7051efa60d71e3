// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "any_trainer.hpp"
#include "networks.hpp"
#include "plait/train/trainer.hpp"

// Compiled once for each list of networks, in the trainers_*.cpp beside this.

namespace examples {

namespace detail {

template <class Network>
class trainer_of final : public any_trainer {
    using trainer = plait::trainer<Network, plait::training{.batch = most_pictures}>;

public:
    trainer_of(std::uint64_t seed, int threads) : learning_(seed, threads) {}

    double step(const std::function<void(int, const picture_writer&)>& put, std::span<const int> labels,
                double rate) override {
        return learning_.step([&](int n, const picture_writer& to) { put(n, to); }, labels, rate);
    }
    int count_right(int pictures, const std::function<void(int, const picture_writer&)>& put,
                    std::span<const int> labels) override {
        const plait::model<Network> model = learning_.model();
        const auto scratch = std::make_unique<typename Network::workspace>();
        int right = 0;
        for (int n = 0; n < pictures; ++n) {
            put(n, model.input(*scratch));
            model.run(*scratch);
            const auto logits = plait::to_tensor(model.output(*scratch));
            right += std::max_element(logits.begin(), logits.end()) - logits.begin() ==
                     labels[static_cast<std::size_t>(n)];
        }
        return right;
    }
    std::vector<std::byte> state_dict() const override { return learning_.state_dict(); }
    std::vector<std::byte> checkpoint(std::span<const std::uint64_t> numbers) const override {
        return learning_.checkpoint(numbers);
    }
    plait::result<std::vector<std::uint64_t>> resume(std::span<const std::byte> bytes,
                                                     std::string_view source, std::size_t count) override {
        return learning_.resume(bytes, source, count);
    }
    plait::result<void> take(std::span<const std::byte> bytes, std::string_view source) override {
        return learning_.take(bytes, source);
    }
    long long memory_bytes() const override { return trainer::memory_bytes; }

private:
    trainer learning_;
};

template <class... Named>
void append_trainers(network_list<Named...>, std::vector<trainer_entry>& entries) {
    (entries.push_back({.name = Named::name,
                        .classes = Named::network::output.channels,
                        .make = [](std::uint64_t seed, int threads) -> std::unique_ptr<any_trainer> {
                            return std::make_unique<trainer_of<typename Named::network>>(seed, threads);
                        }}),
     ...);
}

}  // namespace detail

/// Appends the trainers of a list of networks.
template <class List>
void append_trainers(std::vector<trainer_entry>& entries) {
    detail::append_trainers(List{}, entries);
}

}  // namespace examples
