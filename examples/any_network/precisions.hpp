// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "any_network.hpp"
#include "plait/core/precision.hpp"

// Networks in bf16 and int8 that are chosen while a program runs: a few of the published ones.

namespace examples {

/// What a layer loses in int8.
struct layer_loss {
    std::string name;
    double signal_to_noise = 0;  ///< decibels
    double saturated = 0;        ///< share of its values
};

/// A network in int8: its file, and what it costs.
struct quantised_network {
    std::vector<std::byte> file;
    std::vector<layer_loss> losses;
    std::unique_ptr<any_network> in_floats;
    std::unique_ptr<any_network> in_bytes;
};

/// Pictures as a network is to see them: `put(i, input)` writes one, or says why it cannot.
struct calibration_pictures {
    int count = 0;
    std::function<plait::result<void>(int, std::span<float>)> put;
};

/// A network in bf16 and in int8.
struct precision_entry {
    network_entry in_bf16;
    network_entry in_int8;
    std::string_view name;
    plait::result<quantised_network> (*quantise)(const precision_entry& entry,
                                                 const std::filesystem::path& weights,
                                                 const calibration_pictures& pictures) = nullptr;

    /// In one of these two.
    const network_entry& in(plait::precision kept) const {
        return kept == plait::precision::bf16 ? in_bf16 : in_int8;
    }
};

/// The entry of that name, or a sentence with all names.
plait::result<const precision_entry*> network_in_precisions(std::string_view name);

/// The network called `name` in fp32 or bf16 from a state_dict, in int8 from a file that `quantise` wrote.
/// Where no name is given, the one that fits.
plait::result<std::unique_ptr<any_network>> load_network_in(plait::precision kept,
                                                            const std::filesystem::path& weights,
                                                            std::string_view name);

}  // namespace examples
