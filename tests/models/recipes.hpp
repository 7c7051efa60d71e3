// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "plait/io/safetensors.hpp"
#include "plait/io/safetensors_writer.hpp"

// Weights of large networks are not stored but computed from their names (golden/README.md, "Recipes").

namespace golden {

using namespace plait;

/// FNV-1a.
constexpr std::uint32_t hash(std::string_view name) {
    std::uint32_t bits = 0x811C9DC5;
    for (const char c : name) bits = (bits ^ static_cast<unsigned char>(c)) * 0x01000193;
    return bits;
}

/// The integer that value `index` of a tensor is a multiple of, from -15 to 15; `seed` is its name's hash.
constexpr int recipe_integer(std::uint32_t index, std::uint32_t seed) {
    std::uint32_t bits = index * 0x9E3779B9 + seed;
    bits = (bits ^ bits >> 16) * 0x85EBCA6B;  // the end of MurmurHash3
    bits = (bits ^ bits >> 13) * 0xC2B2AE35;
    bits ^= bits >> 16;
    return static_cast<int>(bits & 15) + static_cast<int>(bits >> 4 & 15) - 15;
}

inline std::vector<float> values_of(const stored_tensor& stored) {
    std::vector<float> values(static_cast<std::size_t>(stored.elements()));
    REQUIRE_MESSAGE(copy_as_float(stored, values.data()), stored.name);
    return values;
}

/// What a state_dict is written from.
class state_dict {
public:
    void add(std::string name, std::vector<std::int64_t> dimensions, std::vector<float> values) {
        values_.push_back(std::move(values));
        tensors_.push_back({std::move(name), std::move(dimensions), values_.back()});
    }

    /// `recipe`: the dimensions, then the step; then what the values lie around, if that is not 0.
    void follow(std::string name, std::span<const float> recipe, bool has_start) {
        const float start = has_start ? recipe.back() : 0;
        if (has_start) recipe = recipe.first(recipe.size() - 1);
        const float step = recipe.back();
        std::vector<std::int64_t> dimensions;
        std::size_t count = 1;
        for (const float dimension : recipe.first(recipe.size() - 1)) {
            dimensions.push_back(std::lround(dimension));
            count *= static_cast<std::size_t>(dimensions.back());
        }
        std::vector<float> values(count);
        const std::uint32_t seed = hash(name);
        for (std::size_t i = 0; i < count; ++i)
            values[i] =
                start + step * static_cast<float>(recipe_integer(static_cast<std::uint32_t>(i), seed));
        add(std::move(name), std::move(dimensions), std::move(values));
    }

    std::vector<std::byte> written() const { return write_safetensors(tensors_); }

private:
    std::deque<std::vector<float>> values_;  // stays where it is: tensors_ look at it
    std::vector<named_values> tensors_;
};

/// The state_dict that a file of recipes stands for, as a file of its own; of a file without recipes the same
/// values. Batch norm's counters are left out.
inline std::vector<std::byte> follow_recipes(std::span<const std::byte> bytes) {
    const auto file = safetensors::parse(bytes);
    REQUIRE_MESSAGE(file, file.error());
    constexpr std::string_view mark = "recipe.";
    constexpr std::string_view mark_around = "recipe_around.";
    state_dict all;
    for (const stored_tensor& stored : file->tensors()) {
        if (stored.name.starts_with(mark))
            all.follow(stored.name.substr(mark.size()), values_of(stored), false);
        else if (stored.name.starts_with(mark_around))
            all.follow(stored.name.substr(mark_around.size()), values_of(stored), true);
        else if (!stored.name.ends_with("num_batches_tracked"))
            all.add(stored.name, stored.dimensions, values_of(stored));
    }
    return all.written();
}

}  // namespace golden
