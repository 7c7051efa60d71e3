// SPDX-License-Identifier: BSD-3-Clause
#include "entries.hpp"

template void examples::append_entries<examples::mobile_families>(std::vector<network_entry>&);
