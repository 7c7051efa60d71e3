// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "precisions.hpp"

// Before what calls `plait::load`.
#include "entries.hpp"
#include "networks.hpp"
#include "plait/network/quantisation_losses.hpp"
#include "plait/network/slot_blueprint.hpp"
#include "plait/precision.hpp"

// Compiled once for each list of networks, in the precisions_*.cpp beside this.

namespace examples {

namespace detail {

/// A network in int8.
template <class Network>
struct in_int8 {
    using type = plait::in<plait::precision::int8, Network>;
};
/// FastestDet's boxes move by a tenth of their area unless what follows the backbone stays in fp32.
template <>
struct in_int8<plait::fastestdet<80>> {
    using type = plait::in<plait::precision::int8, plait::fastestdet<80>, "SPP", "detect_head">;
};

template <class Network>
plait::result<quantised_network> quantise_as(const precision_entry& entry,
                                             const std::filesystem::path& weights,
                                             const calibration_pictures& pictures) {
    using small = typename in_int8<Network>::type;
    using picture = plait::tensor<float, Network::input>;
    using plait::failure;
    constexpr std::size_t most_measured = 16;
    auto floats = plait::load<Network>(plait::file_path(weights));
    if (!floats) return failure{floats.error()};
    plait::calibrator<plait::model<Network>> watching(*floats);
    std::vector<picture> measured;
    const auto next = std::make_unique<picture>();
    for (int i = 0; i < pictures.count; ++i) {
        if (const auto done = pictures.put(i, *next); !done) return failure{done.error()};
        if (const auto done = watching.add(*next); !done) return failure{done.error()};
        if (measured.size() < most_measured) measured.push_back(*next);
    }
    const auto ranges = watching.ranges();
    if (!ranges) return failure{ranges.error()};
    const auto numbers = plait::quantise<small>(plait::file_path(weights), *ranges);
    if (!numbers) return failure{weights.string() + ": " + std::string(numbers.error())};
    auto bytes = plait::model<small>::of(*numbers);
    if (!bytes) return failure{bytes.error()};

    quantised_network made;
    made.file = plait::write_quantised<small>(*numbers);
    const plait::network_tensors tensors = plait::tensors_of<Network>();
    for (const plait::call_loss& loss :
         plait::measure_losses<small>(*floats, *bytes, *numbers, std::span(std::as_const(measured))))
        made.losses.push_back({std::string(plait::detail::words_of_call(tensors, loss.call)),
                               loss.signal_to_noise(), loss.saturated_share()});
    made.in_floats =
        std::make_unique<loaded_network<Network>>(**network_named(entry.name), std::move(*floats));
    made.in_bytes = std::make_unique<loaded_network<small>>(entry.in_int8, std::move(*bytes));
    return made;
}

template <class... Named>
void append_in_precisions(network_list<Named...>, std::vector<precision_entry>& entries) {
    using plait::precision;
    (entries.push_back({.in_bf16 = entry_of<plait::in<precision::bf16, typename Named::network>>(Named::name),
                        .in_int8 = entry_of<typename in_int8<typename Named::network>::type>(Named::name),
                        .name = Named::name,
                        .quantise = quantise_as<typename Named::network>}),
     ...);
}

}  // namespace detail

/// Appends a list of networks, each in bf16 and int8.
template <class List>
void append_precisions(std::vector<precision_entry>& entries) {
    detail::append_in_precisions(List{}, entries);
}

}  // namespace examples
