// SPDX-License-Identifier: BSD-3-Clause
#include "entries.hpp"

template void examples::append_entries<examples::torchvision_networks>(std::vector<network_entry>&);
