// SPDX-License-Identifier: BSD-3-Clause
#include "any_trainer.hpp"

#include "networks.hpp"
#include "plait/io/load_options.hpp"
#include "plait/io/safetensors.hpp"

namespace examples {

template <class List>
void append_trainers(std::vector<trainer_entry>& entries);

namespace detail {

plait::result<void> take_weights(std::span<const std::byte> bytes, std::string_view source,
                                 std::string_view head, int classes,
                                 const std::function<plait::result<void>(const plait::load_options&)>& take) {
    const auto file = plait::safetensors::parse(bytes, source);
    if (!file) return plait::failure{file.error()};
    const plait::stored_tensor* bias = file->find(std::string(head) + ".bias");
    if (!bias || bias->elements() == classes) return take({});
    return take({.leave_extra_tensors = true,
                 .takes_layer = [head](std::string_view layer) { return layer != head; }});
}

}  // namespace detail

const std::vector<trainer_entry>& trainer_entries() {
    static const std::vector<trainer_entry> entries = [] {
        std::vector<trainer_entry> made;
        append_trainers<augshufflenet_networks>(made);
        append_trainers<augshufflenet_article_networks>(made);
        append_trainers<augshufflenet_plus_networks>(made);
        append_trainers<shufflenet_v2_cifar_networks>(made);
        append_trainers<microcontroller_networks>(made);
        return made;
    }();
    return entries;
}

plait::result<const trainer_entry*> find_trainer(std::string_view name) {
    std::string names;
    for (const trainer_entry& entry : trainer_entries()) {
        if (entry.name == name) return &entry;
        names.append(names.empty() ? "" : ", ").append(entry.name);
    }
    return plait::failure{"network '" + std::string(name) + "' cannot be trained, where one of " + names +
                          " was expected"};
}

}  // namespace examples
