// SPDX-License-Identifier: BSD-3-Clause
#include "any_trainer.hpp"

#include "networks.hpp"

namespace examples {

template <class List>
void append_trainers(std::vector<trainer_entry>& entries);

const std::vector<trainer_entry>& trainer_entries() {
    static const std::vector<trainer_entry> entries = [] {
        std::vector<trainer_entry> made;
        append_trainers<augshufflenet_networks>(made);
        append_trainers<augshufflenet_article_networks>(made);
        append_trainers<augshufflenet_plus_networks>(made);
        append_trainers<shufflenet_v2_cifar_networks>(made);
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
