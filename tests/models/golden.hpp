// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../agreement.hpp"
#include "plait/io/load.hpp"
#include "recipes.hpp"

// Compares a network with what PyTorch made of the same weights and pictures (golden/README.md).

namespace golden {

using namespace plait;

inline const std::string folder = PLAIT_SOURCE_DIR "/tests/golden/";

/// Values of one tensor of a file, all its pictures one after another.
struct values {
    std::vector<float> data;
    int pictures = 0;
    int rows = 1;

    std::size_t picture_size() const { return data.size() / static_cast<std::size_t>(pictures); }
    const float* picture(int i) const { return data.data() + static_cast<std::size_t>(i) * picture_size(); }
};

inline values read(const safetensors& file, const std::string& name) {
    const stored_tensor* stored = file.find(name);
    REQUIRE_MESSAGE(stored, name);
    const auto& sizes = stored->dimensions;
    return {values_of(*stored), static_cast<int>(sizes[0]),
            sizes.size() == 4 ? static_cast<int>(sizes[2]) : 1};
}

/// Every `step`th row and column of a view or a tensor.
template <class Map>
std::vector<float> thinned(const Map& whole, shape size, int step) {
    std::vector<float> kept;
    for (int c = 0; c < size.channels; ++c) {
        for (int y = 0; y < size.height; y += step) {
            for (int x = 0; x < size.width; x += step) kept.push_back(whole(c, y, x));
        }
    }
    return kept;
}

/// The last leaf block of a module, which is a block or a scope.
template <class Network>
const block_record& block_of(std::string_view module) {
    const block_record* found = nullptr;
    for (const block_record& block : Network::calls.blocks) {
        const bool is_it = Network::written.text(block.name) == module;
        if (is_it || Network::written.text(block.around) == module) found = &block;
    }
    REQUIRE_MESSAGE(found, module);
    return *found;
}

/// As many values as were found, within 1e-4 of the largest.
inline void check_close(std::span<const float> found, const float* expected, const std::string& what) {
    INFO(what);
    check_agreement(found, std::span(expected, found.size()), 1e-4);
}

/// Modules whose activations a golden file has, under the names that the network gives its blocks.
using modules = std::vector<std::string>;

template <class Network>
void check(const result<model<Network>>& model, const file_path& expected, const modules& activations) {
    INFO("answers " << expected.string());
    REQUIRE_MESSAGE(model, model.error());
    const auto bytes = read_file(expected);
    REQUIRE_MESSAGE(bytes, bytes.error());
    const auto file = safetensors::parse(*bytes);
    REQUIRE_MESSAGE(file, file.error());

    const values input = read(*file, "input");
    const values logits = read(*file, "logits");
    std::vector<values> wanted;
    for (const auto& a : activations) wanted.push_back(read(*file, "activation." + a));

    auto scratch = std::make_unique<typename Network::workspace>();
    auto picture = std::make_unique<tensor<float, Network::input>>();
    REQUIRE(input.picture_size() == static_cast<std::size_t>(picture->size()));
    REQUIRE(logits.picture_size() == static_cast<std::size_t>(Network::output.elements()));
    for (int i = 0; i < input.pictures; ++i) {
        std::copy_n(input.picture(i), picture->size(), picture->begin());
        check_close((*model)(*picture, *scratch).values, logits.picture(i), "logits");
        std::size_t seen = 0;
        model->observe_blocks(*picture, *scratch, [&](const block_record& block, const map_view& made) {
            for (std::size_t a = 0; a < activations.size(); ++a) {
                if (&block != &block_of<Network>(activations[a])) continue;
                const shape size = made.dimensions();
                const std::vector<float> kept = thinned(made, size, size.height / wanted[a].rows);
                REQUIRE(wanted[a].picture_size() == kept.size());
                check_close(kept, wanted[a].picture(i), activations[a]);
                ++seen;
            }
        });
        CHECK(seen == activations.size());
    }
}

template <class Network>
void check(const file_path& weights, const file_path& expected, const modules& activations) {
    check<Network>(load<Network>(weights), expected, activations);
}

template <class Network>
void check(const std::string& name, const modules& activations) {
    check<Network>(folder + name + ".safetensors", folder + name + ".expected.safetensors", activations);
}

/// The same where the weights' file has recipes.
template <class Network>
void check_by_recipes(const std::string& name, const modules& activations) {
    const auto recipes = read_file(folder + name + ".safetensors");
    REQUIRE_MESSAGE(recipes, recipes.error());
    check<Network>(load<Network>(follow_recipes(*recipes), name), folder + name + ".expected.safetensors",
                   activations);
}

}  // namespace golden
