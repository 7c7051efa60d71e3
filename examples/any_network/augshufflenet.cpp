// SPDX-License-Identifier: BSD-3-Clause
#include "entries.hpp"

template void examples::append_entries<examples::augshufflenet_networks>(std::vector<network_entry>&);
template void examples::append_entries<examples::microcontroller_networks>(std::vector<network_entry>&);
