// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "any_network.hpp"
#include "networks.hpp"
#include "plait/io/load.hpp"

// Compiled once for each list of networks, in the .cpp files beside this.

namespace examples {

namespace detail {

template <class Network>
class loaded_network final : public any_network {
public:
    loaded_network(const network_entry& entry, plait::model<Network> model)
        : any_network(entry), model_(std::move(model)) {}

    std::span<float> input() override { return picture_.values; }
    std::span<const float> run() override {
        model_.input(scratch_).copy(picture_);
        model_.run(scratch_);
        model_.output(scratch_).copy_to(output_);
        return output_.values;
    }

private:
    plait::model<Network> model_;
    plait::tensor<float, Network::input> picture_;
    plait::tensor<float, Network::output> output_;
    typename Network::workspace scratch_;
};

template <class Network>
plait::result<std::unique_ptr<any_network>> load_as(const network_entry& entry,
                                                    std::span<const std::byte> weights,
                                                    std::string_view source) {
    auto model = plait::load<Network>(weights, source);
    if (!model) return plait::failure{model.error()};
    return std::unique_ptr<any_network>(std::make_unique<loaded_network<Network>>(entry, std::move(*model)));
}

/// In the order in which `plait::load` asks for them.
template <class Network>
std::vector<expected_tensor> expected_tensors() {
    const plait::network_tensors network = plait::tensors_of<Network>();
    std::vector<expected_tensor> tensors;
    for (const plait::parameter& row : network.rows)
        tensors.push_back({network.name(row), plait::dimensions_of(row)});
    return tensors;
}

template <class Network>
network_entry entry_of(std::string_view name) {
    constexpr auto prepared = [] {
        if (Network::input == plait::imagenet_picture) return preparation::imagenet;
        return Network::output.pixels() == 1 ? preparation::cifar : preparation::fastestdet;
    }();
    return {.name = name,
            .input = Network::input,
            .output = Network::output,
            .parameters = Network::parameters,
            .macs = Network::macs,
            .workspace_bytes = Network::workspace_bytes,
            .prepared = prepared,
            .tensors = expected_tensors<Network>(),
            .load = load_as<Network>,
            .blueprint = [] { return plait::blueprint_of<Network>(); }};
}

template <class... Named>
void append(network_list<Named...>, std::vector<network_entry>& entries) {
    (entries.push_back(entry_of<typename Named::network>(Named::name)), ...);
}

}  // namespace detail

/// Appends the entries of a list of networks.
template <class List>
void append_entries(std::vector<network_entry>& entries) {
    detail::append(List{}, entries);
}

}  // namespace examples
