// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "any_network.hpp"
#include "plait/io/safetensors_writer.hpp"

// Weights for fewer classes than a published network has: the rows of its last layer, a linear one.

namespace examples {

/// A state_dict whose last layer has the rows of so many classes.
std::vector<std::byte> with_classes(std::vector<plait::named_values> tensors, int classes);

/// The first rows of the last layer of those weights are of how many classes; 0 where there is no such layer.
int classes_of(std::span<const std::byte> weights, std::string_view source);

/// As `load_network`, of weights that may be of fewer classes, of which the network's first logits are.
plait::result<std::unique_ptr<any_network>> load_network_of_classes(const std::filesystem::path& weights,
                                                                    std::string_view name);
/// The same of bytes, for the network called `name`.
plait::result<std::unique_ptr<any_network>> load_network_of_classes(std::span<const std::byte> weights,
                                                                    std::string_view source,
                                                                    std::string_view name);

}  // namespace examples
