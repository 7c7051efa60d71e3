// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plait/core/result.hpp"
#include "plait/core/shape.hpp"
#include "plait/network/blueprint.hpp"

// A network chosen while a program runs. Its kernels are compiled in any_network/, once for all programs.

namespace examples {

/// A tensor that a network wants from a weights file.
struct expected_tensor {
    std::string name;
    std::vector<std::int64_t> dimensions;
};

/// How a picture becomes a classifier's input.
enum class preparation {
    cifar,      ///< the centre square at the network's size, scaled to [0, 1]
    imagenet,   ///< torchvision's: shorter side 256, centre 224 x 224, mean and deviation of ImageNet
    fastestdet  ///< all of it at the network's size, blue first, scaled to [0, 1]
};

class any_network;

/// What is known of a published network without its weights.
struct network_entry {
    std::string_view name;
    plait::shape input{};
    plait::shape output{};
    long long parameters = 0;
    long long macs = 0;
    long long workspace_bytes = 0;
    preparation prepared = preparation::cifar;
    std::vector<expected_tensor> tensors;
    plait::result<std::unique_ptr<any_network>> (*load)(const network_entry& entry,
                                                        std::span<const std::byte> weights,
                                                        std::string_view source) = nullptr;
    plait::blueprint (*blueprint)() = nullptr;

    /// Of a classifier, whose output is a logit for each; the sentence that refuses any other network.
    plait::result<int> classes() const;
};

/// A network with its weights and its workspace, for one thread.
class any_network {
public:
    explicit any_network(const network_entry& entry) : entry_(&entry) {}
    virtual ~any_network() = default;

    const network_entry& entry() const { return *entry_; }

    /// Where the next picture goes: channels x height x width, row by row.
    virtual std::span<float> input() = 0;
    /// One forward pass; the output's values, channel by channel, stay until the next.
    virtual std::span<const float> run() = 0;

    /// As many values as the input has elements.
    std::vector<float> forward(std::span<const float> picture);

private:
    const network_entry* entry_;
};

/// Every network of networks.hpp.
const std::vector<network_entry>& all_networks();

/// The entry of that name, or a sentence with the nearest names.
plait::result<const network_entry*> network_named(std::string_view name);

/// The network whose tensors have the names and shapes of the file's, or a sentence saying what does not fit
/// the nearest. `source` is what the sentence calls the bytes.
plait::result<const network_entry*> find_network(std::span<const std::byte> weights, std::string_view source);

/// Reads weights for the network called `name`, or for the network that they fit where `name` is empty.
plait::result<std::unique_ptr<any_network>> load_network(const std::filesystem::path& weights,
                                                         std::string_view name);

}  // namespace examples
