// SPDX-License-Identifier: BSD-3-Clause
#include "any_network.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "networks.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"
#include "plait/network/summary.hpp"

namespace examples {

namespace {

using dimensions_by_name = std::map<std::string, std::vector<std::int64_t>, std::less<>>;

dimensions_by_name tensors_in(const plait::safetensors& file) {
    dimensions_by_name tensors;
    for (const plait::stored_tensor& tensor : file.tensors()) {
        if (!tensor.name.ends_with("num_batches_tracked")) tensors[tensor.name] = tensor.dimensions;
    }
    return tensors;
}

/// How far a file is from a network: tensors that it lacks, has in another shape, or has too many.
struct misfit {
    std::size_t count = 0;
    std::string first;  ///< what the network expects where the file differs

    void add(const std::string& difference) {
        if (count++ == 0) first = difference;
    }
};

misfit compare(const network_entry& entry, const dimensions_by_name& file) {
    using plait::detail::bracketed;
    misfit found;
    dimensions_by_name unexpected = file;
    for (const expected_tensor& expected : entry.tensors) {
        const auto in_file = file.find(expected.name);
        const bool missing = in_file == file.end();
        unexpected.erase(expected.name);
        if (!missing && in_file->second == expected.dimensions) continue;
        found.add("expects tensor '" + expected.name + "' of shape " + bracketed(expected.dimensions) +
                  " where the file has " +
                  (missing ? "none of that name" : std::string(bracketed(in_file->second))));
    }
    for (const auto& [name, dimensions] : unexpected)
        found.add("does not expect its tensor " + plait::detail::in_quotes(name));
    return found;
}

}  // namespace

plait::result<int> network_entry::classes() const {
    if (output.pixels() == 1) return output.channels;
    return plait::failure{std::string(name) + ": is no classifier: its output is " +
                          plait::to_string(output) + " where a logit for each class was expected"};
}

std::vector<float> any_network::forward(std::span<const float> picture) {
    std::copy(picture.begin(), picture.end(), input().begin());
    const std::span<const float> output = run();
    return {output.begin(), output.end()};
}

plait::result<const network_entry*> network_named(std::string_view name) {
    for (const network_entry& entry : all_networks()) {
        if (entry.name == name) return &entry;
    }
    std::vector<std::string_view> names;
    for (const network_entry& entry : all_networks()) names.push_back(entry.name);
    return plait::failure{unknown_network(name, std::move(names))};
}

plait::result<const network_entry*> find_network(std::span<const std::byte> weights,
                                                 std::string_view source) {
    const auto file = plait::safetensors::parse(weights, source);
    if (!file) return plait::failure{file.error()};
    if (plait::detail::is_kept_in_int8(*file))
        return plait::failure{std::string(source) +
                              ": holds a network in int8, which --precision int8 reads, where floats were "
                              "expected"};
    const dimensions_by_name tensors = tensors_in(*file);

    const network_entry* nearest = nullptr;
    misfit smallest;
    for (const network_entry& entry : all_networks()) {
        misfit found = compare(entry, tensors);
        if (found.count == 0) return &entry;
        if (nearest && found.count >= smallest.count) continue;
        nearest = &entry;
        smallest = std::move(found);
    }
    return plait::failure{std::string(source) + ": fits no published network; the nearest, " +
                          std::string(nearest->name) + ", " + smallest.first};
}

plait::result<std::unique_ptr<any_network>> load_network(const std::filesystem::path& weights,
                                                         std::string_view name) {
    // The name first: whoever mistypes it should not wait for a file.
    if (!name.empty()) {
        if (const auto entry = network_named(name); !entry) return plait::failure{entry.error()};
    }
    const auto bytes = plait::read_file(weights);
    if (!bytes) return plait::failure{bytes.error()};
    const auto entry = name.empty() ? find_network(*bytes, weights.string()) : network_named(name);
    if (!entry) return plait::failure{entry.error()};
    auto loaded = (*entry)->load(**entry, *bytes, weights.string());
    if (loaded || name.empty()) return loaded;
    const auto fitting = find_network(*bytes, weights.string());
    if (!fitting) return loaded;
    return plait::failure{std::string(loaded.error()) + ": the file is one of " +
                          std::string((*fitting)->name)};
}

}  // namespace examples
