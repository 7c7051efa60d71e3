// SPDX-License-Identifier: BSD-3-Clause
#include "any_network/entries.hpp"

template void examples::append_entries<examples::detection_networks>(std::vector<network_entry>&);
