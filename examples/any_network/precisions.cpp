// SPDX-License-Identifier: BSD-3-Clause
#include "precisions.hpp"

#include "networks.hpp"
#include "plait/io/file.hpp"

namespace examples {

template <class List>
void append_precisions(std::vector<precision_entry>& entries);

namespace {

const std::vector<precision_entry>& all_in_precisions() {
    static const std::vector<precision_entry> entries = [] {
        std::vector<precision_entry> made;
        append_precisions<small_networks_in_precisions>(made);
        append_precisions<detection_networks>(made);
        return made;
    }();
    return entries;
}

}  // namespace

plait::result<const precision_entry*> network_in_precisions(std::string_view name) {
    std::string known;
    for (const precision_entry& entry : all_in_precisions()) {
        if (entry.name == name) return &entry;
        known += (known.empty() ? "" : ", ") + std::string(entry.name);
    }
    if (const auto entry = network_named(name); !entry) return plait::failure{entry.error()};
    return plait::failure{std::string(name) +
                          ": is not among the networks that are compiled in bf16 and int8, which are " +
                          known};
}

plait::result<std::unique_ptr<any_network>> load_network_in(plait::precision kept,
                                                            const std::filesystem::path& weights,
                                                            std::string_view name) {
    if (kept == plait::precision::f32) return load_network(weights, name);
    const precision_entry* named = nullptr;
    if (!name.empty()) {
        const auto found = network_in_precisions(name);
        if (!found) return plait::failure{found.error()};
        named = *found;
    }
    const auto bytes = plait::read_file(weights);
    if (!bytes) return plait::failure{bytes.error()};
    const auto load = [&](const precision_entry& entry) {
        return entry.in(kept).load(entry.in(kept), *bytes, weights.string());
    };
    if (named) return load(*named);
    auto first = load(all_in_precisions().front());
    for (const precision_entry& entry : std::span(all_in_precisions()).subspan(1)) {
        if (first) break;
        if (auto other = load(entry)) return other;
    }
    return first;
}

}  // namespace examples
