// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <filesystem>
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

inline const std::filesystem::path folder = std::filesystem::path(PLAIT_SOURCE_DIR) / "tests/golden";

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

/// Every `step`th row and column.
template <class Map>
std::vector<float> thinned(const Map& whole, int step) {
    std::vector<float> kept;
    for (int c = 0; c < Map::dimensions.channels; ++c) {
        for (int y = 0; y < Map::dimensions.height; y += step) {
            for (int x = 0; x < Map::dimensions.width; x += step) kept.push_back(whole(c, y, x));
        }
    }
    return kept;
}

/// As many values as were found, within 1e-4 of the largest.
inline void check_close(std::span<const float> found, const float* expected, const std::string& what) {
    INFO(what);
    check_agreement(found, std::span(expected, found.size()), 1e-4);
}

/// An activation of a golden file, and the block of the network's declaration that makes it.
struct activation_of_layer {
    const char* module;
    int layer;
};

template <class Network>
void check(const result<model<Network>>& model, const std::filesystem::path& expected,
           const std::vector<activation_of_layer>& activations) {
    INFO("answers " << expected.string());
    REQUIRE_MESSAGE(model, model.error());
    const auto bytes = read_file(expected);
    REQUIRE_MESSAGE(bytes, bytes.error());
    const auto file = safetensors::parse(*bytes);
    REQUIRE_MESSAGE(file, file.error());

    const values input = read(*file, "input");
    const values logits = read(*file, "logits");
    std::vector<values> wanted;
    for (const auto& a : activations) wanted.push_back(read(*file, std::string("activation.") + a.module));

    auto scratch = std::make_unique<typename Network::workspace>();
    auto picture = std::make_unique<tensor<float, Network::input>>();
    REQUIRE(input.picture_size() == static_cast<std::size_t>(picture->size()));
    REQUIRE(logits.picture_size() == static_cast<std::size_t>(Network::output.elements()));
    for (int i = 0; i < input.pictures; ++i) {
        std::copy_n(input.picture(i), picture->size(), picture->begin());
        check_close((*model)(*picture, *scratch).values, logits.picture(i), "logits");
        std::size_t seen = 0;
        model->observe_layers(*picture, *scratch, [&](auto layer, const auto& made) {
            for (std::size_t a = 0; a < activations.size(); ++a) {
                if (activations[a].layer != layer) continue;
                const std::vector<float> kept = thinned(made, made.dimensions.height / wanted[a].rows);
                REQUIRE(wanted[a].picture_size() == kept.size());
                check_close(kept, wanted[a].picture(i), activations[a].module);
                ++seen;
            }
        });
        CHECK(seen == activations.size());
    }
}

template <class Network>
void check(const std::filesystem::path& weights, const std::filesystem::path& expected,
           const std::vector<activation_of_layer>& activations) {
    check<Network>(load<Network>(weights), expected, activations);
}

template <class Network>
void check(const std::string& name, const std::vector<activation_of_layer>& activations) {
    check<Network>(folder / (name + ".safetensors"), folder / (name + ".expected.safetensors"), activations);
}

/// The same where the weights' file has recipes.
template <class Network>
void check_by_recipes(const std::string& name, const std::vector<activation_of_layer>& activations) {
    const auto recipes = read_file(folder / (name + ".safetensors"));
    REQUIRE_MESSAGE(recipes, recipes.error());
    check<Network>(load<Network>(follow_recipes(*recipes), name), folder / (name + ".expected.safetensors"),
                   activations);
}

}  // namespace golden
