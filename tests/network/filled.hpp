// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <memory>

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

template <class Tensor>
void fill_picture(Tensor& picture, unsigned seed = 2) {
    reference::copy(reference::random_picture(Tensor::dimensions, seed), picture.data());
}
