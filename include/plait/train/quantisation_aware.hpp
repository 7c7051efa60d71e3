// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/io/quantised_file.hpp"
#include "plait/train/rounding.hpp"
#include "plait/train/trainer.hpp"

// Training with the rounding of int8 in the forward pass, for networks that lose too much when they are
// quantised.

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Of every kernel call the last of the written calls that it computes, and the one that has its weights.
struct written_calls {
    int last = op::none;
    int with_weights = op::none;
};
inline std::vector<written_calls> written_calls_of(const training_network& network) {
    const network_tensors& tensors = network.tensors;
    std::vector<bool> begins(tensors.written.size());
    for (const op& o : tensors.calls)
        if (o.written != op::none) begins[static_cast<std::size_t>(o.written)] = true;
    std::vector<written_calls> found(tensors.calls.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        int last = tensors.calls[i].written;
        if (last == op::none) continue;
        const auto note = [&](int call) {
            found[i].last = last = call;
            if (network.call(call).has_weights()) found[i].with_weights = call;
        };
        note(last);
        for (int next = last + 1; next < network.calls(); ++next) {
            const feature_map in = network.call(next).in;
            if (begins[static_cast<std::size_t>(next)] || in.count == 0) continue;
            const int channel = network.pool[static_cast<std::size_t>(in.first)];
            if (network.maker[static_cast<std::size_t>(channel)] == last) note(next);
        }
    }
    return found;
}

/// What a network in int8 rounds, of the codes of its channels.
inline rounding rounding_of(const training_network& network, const plain_packing& packs,
                            std::span<const channel_code> codes) {
    rounding made;
    made.maps.assign(static_cast<std::size_t>(network.channels), channel_code{.scale = 0});
    const std::vector<written_calls> written = written_calls_of(network);
    const auto code = [&](feature_map map, int c) {
        return codes[static_cast<std::size_t>(packs.pool[map.first + c])];
    };
    for (std::size_t s = 0; s < packs.steps.size(); ++s) {
        const packed_step& step = packs.steps[s];
        if (step.is_conversion() || step.call == op::none) continue;
        const op& o = packs.calls[static_cast<std::size_t>(step.call)];
        const written_calls of = written[static_cast<std::size_t>(step.call)];
        if (of.last == op::none) continue;
        const feature_map out = network.call(of.last).out;
        for (int c = 0; c < o.out.count && out.count == o.out.count; ++c) {
            const auto channel = static_cast<std::size_t>(packs.pool[o.out.first + c]);
            if (packs.in_packs[channel].slot == slot_place::nowhere) continue;
            const int as_written = network.pool[static_cast<std::size_t>(out.first + c)];
            made.maps[static_cast<std::size_t>(network.stored[static_cast<std::size_t>(as_written)])] =
                codes[channel];
        }
        if (step.work == slot_work::floats || of.with_weights == op::none) continue;
        rounding::layer layer{of.with_weights, {}};
        for (int c = 0; c < o.in.count; ++c) layer.input_scale.push_back(code(o.in, c).scale);
        made.layers.push_back(std::move(layer));
    }
    return made;
}

}  // namespace detail

/// From the next step on, training rounds as that network in int8 does with those ranges, which `calibrate`
/// found: maps but the input, and weights. What the trainer keeps and saves are floats, which `quantise`
/// takes as any. A sentence where the ranges are none.
template <class Small, class Network, training Options>
    requires(precision_of<Small> == precision::int8 && std::is_same_v<typename Small::in_floats, Network>)
result<void> round_as(trainer<Network, Options>& learning, const activation_ranges& ranges) {
    detail::layer_keeper<Network> floats;
    if (const auto done = load_into(floats, learning.state_dict()); !done) return done;
    const auto numbers = quantise<Small>(floats.layers, ranges);
    if (!numbers) return failure{numbers.error()};
    learning.round(detail::rounding_of(detail::training_of<Network, Options>::network(),
                                       detail::packing_of<Small>(), numbers->codes));
    return {};
}

}  // namespace plait::inline PLAIT_TARGET
