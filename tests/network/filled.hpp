// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "plait/network/fold.hpp"
#include "plait/network/model.hpp"
#include "reference.hpp"

// Models and pictures of random values, the same ones every time.

template <class Model>
void fill_weights(Model& network, unsigned seed = 1) {
    using net = typename Model::network;
    const auto weights = reference::random_weights(net::calls.ops, net::sizes.ops, seed);
    for (int i = 0; i < net::sizes.ops; ++i) {
        const auto& layer = weights[static_cast<std::size_t>(i)];
        if (!layer.weights.empty()) network.set_weights(i, layer.weights.data(), layer.bias.data());
    }
}

/// The same model at each call.
template <class Network>
const plait::model<Network>& filled_model() {
    static const plait::model<Network> made = [] {
        plait::model<Network> filled;
        fill_weights(filled);
        return filled;
    }();
    return made;
}

/// The layers of that model.
template <class Network>
std::vector<plait::folded_layer> random_layers() {
    const auto weights = reference::random_weights(Network::calls.ops, Network::sizes.ops, 1);
    std::vector<plait::folded_layer> layers(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
        layers[i].weights.assign(weights[i].weights.begin(), weights[i].weights.end());
        layers[i].bias.assign(weights[i].bias.begin(), weights[i].bias.end());
    }
    return layers;
}

template <class Tensor>
void fill_picture(Tensor& picture, unsigned seed = 2) {
    reference::copy(reference::random_picture(Tensor::dimensions, seed), picture.data());
}
