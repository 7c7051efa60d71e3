// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "golden.hpp"

// Families of networks at the size that they are used with, and at one that strides do not divide.

namespace golden {

template <class Network, long long Parameters, long long Macs>
constexpr bool costs = Network::parameters == Parameters&& Network::macs == Macs;

/// The answer to a picture by a recipe, held against the file's; `prefix` is "" or "odd.".
template <class Network>
void check_answer(const model<Network>& loaded, const safetensors& file, const std::string& prefix) {
    const values picture = read(file, prefix + "input");
    const values logits = read(file, prefix + "logits");
    REQUIRE(picture.picture_size() == static_cast<std::size_t>(Network::input.elements()));
    REQUIRE(logits.picture_size() == static_cast<std::size_t>(Network::output.elements()));
    const auto scratch = std::make_unique<typename Network::workspace>();
    loaded.input(*scratch).copy(picture.data.data());
    loaded.run(*scratch);
    std::vector<float> found(logits.picture_size());
    for (int c = 0; c < Network::output.channels; ++c)
        found[static_cast<std::size_t>(c)] = loaded.output(*scratch)(c, 0, 0);
    check_close(found, logits.data.data(), prefix + "logits");
}

/// A network at 224 x 224, and the same at 97 x 75.
template <class Usual, class Odd>
void check_family(const std::string& name) {
    static_assert(Usual::parameters == Odd::parameters);
    const auto recipes = read_file(folder + name + ".safetensors");
    REQUIRE_MESSAGE(recipes, recipes.error());
    const std::vector<std::byte> weights = follow_recipes(*recipes);
    const auto recipes_of_pictures = read_file(folder + name + ".expected.safetensors");
    REQUIRE_MESSAGE(recipes_of_pictures, recipes_of_pictures.error());
    const std::vector<std::byte> answers = follow_recipes(*recipes_of_pictures);
    const auto file = safetensors::parse(answers);
    REQUIRE_MESSAGE(file, file.error());

    const auto usual = load<Usual>(weights, name);
    REQUIRE_MESSAGE(usual, usual.error());
    check_answer(*usual, *file, "");
    const auto odd = load<Odd>(weights, name);
    REQUIRE_MESSAGE(odd, odd.error());
    check_answer(*odd, *file, "odd.");
}

}  // namespace golden
