// SPDX-License-Identifier: BSD-3-Clause
#include "class_rows.hpp"

#include <string>

#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"

namespace examples {

namespace {

/// The matrix of the last layer, the only one that a classifier of CIFAR has; null where there is none.
const plait::stored_tensor* head_of(const plait::safetensors& file) {
    const plait::stored_tensor* found = nullptr;
    for (const plait::stored_tensor& tensor : file.tensors()) {
        if (tensor.dimensions.size() != 2) continue;
        if (found) return nullptr;
        found = &tensor;
    }
    return found;
}

/// The same weights with zeros for the classes that a network has beside.
plait::result<std::vector<std::byte>> widened(std::span<const std::byte> weights, std::string_view source,
                                              int classes) {
    const auto file = plait::safetensors::parse(weights, source);
    if (!file) return plait::failure{file.error()};
    const plait::stored_tensor* head = head_of(*file);
    const auto rows = head ? head->dimensions[0] : 0;
    if (rows < 1 || rows >= classes) return std::vector(weights.begin(), weights.end());
    const std::string matrix(std::string_view(head->name));
    const std::string bias = matrix.substr(0, matrix.rfind('.')) + ".bias";
    std::vector<std::vector<float>> values;
    std::vector<plait::named_values> tensors;
    for (const plait::stored_tensor& tensor : file->tensors()) {
        const std::string name(std::string_view(tensor.name));
        std::vector<float> read(static_cast<std::size_t>(tensor.elements()));
        if (!plait::copy_as_float(tensor, read.data())) continue;  // a count of batches
        std::vector<std::int64_t> dimensions(tensor.dimensions.begin(), tensor.dimensions.end());
        if (name == matrix || name == bias) {
            read.resize(read.size() / static_cast<std::size_t>(rows) * static_cast<std::size_t>(classes));
            dimensions[0] = classes;
        }
        values.push_back(std::move(read));
        tensors.push_back({.name = name, .dimensions = std::move(dimensions), .values = {}});
    }
    for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].values = values[i];
    return plait::write_safetensors(tensors);
}

}  // namespace

std::vector<std::byte> with_classes(std::vector<plait::named_values> tensors, int classes) {
    for (plait::named_values& tensor : std::span(tensors).last(2)) {
        const auto rows = static_cast<std::size_t>(tensor.dimensions[0]);
        tensor.values = tensor.values.first(tensor.values.size() / rows * static_cast<std::size_t>(classes));
        tensor.dimensions[0] = classes;
    }
    return plait::write_safetensors(tensors);
}

int classes_of(std::span<const std::byte> weights, std::string_view source) {
    const auto file = plait::safetensors::parse(weights, source);
    const plait::stored_tensor* head = file ? head_of(*file) : nullptr;
    return head ? static_cast<int>(head->dimensions[0]) : 0;
}

plait::result<std::unique_ptr<any_network>> load_network_of_classes(std::span<const std::byte> weights,
                                                                    std::string_view source,
                                                                    std::string_view name) {
    const auto entry = network_named(name);
    if (!entry) return plait::failure{entry.error()};
    const auto classes = (*entry)->classes();
    if (!classes) return plait::failure{classes.error()};
    const auto whole = widened(weights, source, *classes);
    if (!whole) return plait::failure{whole.error()};
    return (*entry)->load(**entry, *whole, source);
}

plait::result<std::unique_ptr<any_network>> load_network_of_classes(const std::filesystem::path& weights,
                                                                    std::string_view name) {
    auto loaded = load_network(weights, name);
    if (loaded) return loaded;
    const auto bytes = plait::read_file(weights);
    if (!bytes) return loaded;
    if (!name.empty()) {
        auto of_fewer = load_network_of_classes(*bytes, weights.string(), name);
        return of_fewer ? std::move(of_fewer) : std::move(loaded);
    }
    constexpr int most_classes = 100;
    const auto whole = widened(*bytes, weights.string(), most_classes);
    if (!whole) return loaded;
    const auto entry = find_network(*whole, weights.string());
    if (!entry) return loaded;
    return (*entry)->load(**entry, *whole, weights.string());
}

}  // namespace examples
