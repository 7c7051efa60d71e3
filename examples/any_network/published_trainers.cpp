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
        append_trainers<microcontroller_networks>(made);
        return made;
    }();
    return entries;
}

}  // namespace examples
