// SPDX-License-Identifier: BSD-3-Clause
#include "entries.hpp"

template void examples::append_entries<examples::large_families>(std::vector<network_entry>&);
