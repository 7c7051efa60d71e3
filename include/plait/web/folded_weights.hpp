// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "plait/core/half.hpp"

// Weights on their way into a WebAssembly module: with batch norm folded in, as `set_weights` takes them. A
// module packs them when it starts, so that one list serves modules of every instruction set. All numbers are
// little-endian: how many layers; of each its call, its weights and its biases, all as 32 bits; then the
// values, as floats or as halves.

namespace plait::inline PLAIT_TARGET::web {

/// A layer of the list: whose weights, and how many.
struct listed_layer {
    std::uint32_t call = 0;
    std::uint32_t weights = 0;
    std::uint32_t biases = 0;
};

/// Gives each layer to `set(call, weights, bias)`, as `set_weights` takes it. `widened` has room for the
/// largest layer's values.
template <class Stored, class Set>
void unfold(const unsigned char* list, std::span<float> widened, Set set) {
    std::uint32_t layers = 0;
    std::memcpy(&layers, list, sizeof layers);
    const unsigned char* entry = list + sizeof layers;
    const unsigned char* values = entry + layers * sizeof(listed_layer);
    for (std::uint32_t i = 0; i < layers; ++i, entry += sizeof(listed_layer)) {
        listed_layer layer;
        std::memcpy(&layer, entry, sizeof layer);
        const std::size_t count = layer.weights + layer.biases;
        for (std::size_t k = 0; k < count; ++k) {
            Stored stored;
            std::memcpy(&stored, values + k * sizeof stored, sizeof stored);
            if constexpr (sizeof(Stored) == sizeof(float))
                widened[k] = stored;
            else
                widened[k] = half_to_float(stored);
        }
        values += count * sizeof(Stored);
        set(static_cast<int>(layer.call), widened.data(), widened.data() + layer.weights);
    }
}

/// Values of the largest layer of a list.
inline std::size_t largest_layer(const unsigned char* list) {
    std::uint32_t layers = 0;
    std::memcpy(&layers, list, sizeof layers);
    std::size_t most = 0;
    for (std::uint32_t i = 0; i < layers; ++i) {
        listed_layer layer;
        std::memcpy(&layer, list + sizeof layers + i * sizeof layer, sizeof layer);
        if (layer.weights + layer.biases > most) most = layer.weights + layer.biases;
    }
    return most;
}

}  // namespace plait::inline PLAIT_TARGET::web
