// SPDX-License-Identifier: BSD-3-Clause
#include "any_network.hpp"
#include "networks.hpp"

namespace examples {

template <class List>
void append_entries(std::vector<network_entry>& entries);

const std::vector<network_entry>& all_networks() {
    static const std::vector<network_entry> entries = [] {
        std::vector<network_entry> made;
        append_entries<augshufflenet_networks>(made);
        append_entries<augshufflenet_article_networks>(made);
        append_entries<augshufflenet_plus_networks>(made);
        append_entries<shufflenet_v2_cifar_networks>(made);
        append_entries<torchvision_networks>(made);
        append_entries<mobilenet_networks>(made);
        append_entries<resnet_networks>(made);
        append_entries<mobile_families>(made);
        append_entries<large_families>(made);
        append_entries<other_families>(made);
        append_entries<detection_networks>(made);
        append_entries<microcontroller_networks>(made);
        return made;
    }();
    return entries;
}

}  // namespace examples
