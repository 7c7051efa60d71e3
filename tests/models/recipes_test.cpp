// SPDX-License-Identifier: BSD-3-Clause
#include "recipes.hpp"

#include <array>

namespace {

/// As Recipes of golden/generate.py has them.
constexpr std::array<int, 8> first_of_mobilenet_v2{6, -6, 2, -3, -4, 2, 3, 2};

constexpr std::array<int, 8> first_of(std::string_view name) {
    std::array<int, 8> integers{};
    for (std::uint32_t i = 0; i < 8; ++i) integers[i] = golden::recipe_integer(i, golden::hash(name));
    return integers;
}

static_assert(first_of("features.0.0.weight") == first_of_mobilenet_v2);

}  // namespace

TEST_CASE("a recipe becomes a tensor, and what is stored stays") {
    const std::vector<float> recipe{2, 3, 0.25F}, bias{1, -2};
    const std::vector<plait::named_values> stored{{"recipe.conv.weight", {3}, recipe},
                                                  {"conv.bias", {2}, bias}};
    const std::vector<std::byte> bytes = golden::follow_recipes(plait::write_safetensors(stored));
    const auto file = plait::safetensors::parse(bytes);
    REQUIRE_MESSAGE(file, file.error());
    REQUIRE(file->tensors().size() == 2);

    const plait::stored_tensor* weight = file->find("conv.weight");
    REQUIRE(weight);
    CHECK(weight->dimensions == std::vector<std::int64_t>{2, 3});
    const std::vector<float> values = golden::values_of(*weight);
    const std::array<int, 8> integers = first_of("conv.weight");
    for (std::size_t i = 0; i < values.size(); ++i)
        CHECK(values[i] == 0.25F * static_cast<float>(integers[i]));
    CHECK(golden::values_of(*file->find("conv.bias")) == bias);
}
