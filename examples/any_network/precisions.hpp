// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "any_network.hpp"
#include "plait/core/precision.hpp"
#include "plait/io/cifar.hpp"

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

/// The names of the networks that there are in bf16 and int8.
std::vector<std::string_view> names_in_precisions();

/// The network called `name` in bf16 from a state_dict, in int8 from a file that `quantise` wrote. Where no
/// name is given, the one that fits.
plait::result<std::unique_ptr<any_network>> load_network_in(plait::precision kept,
                                                            const std::filesystem::path& weights,
                                                            std::string_view name);

/// The network in int8, calibrated on some of a data set's pictures; what is lost is measured on the first
/// of them.
plait::result<quantised_network> quantise_network(std::string_view name, const std::filesystem::path& weights,
                                                  const plait::cifar_dataset& pictures,
                                                  std::span<const int> chosen);

}  // namespace examples
