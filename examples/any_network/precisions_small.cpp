// SPDX-License-Identifier: BSD-3-Clause
#include "precision_entries.hpp"

template void examples::append_precisions<examples::small_networks_in_precisions>(
    std::vector<precision_entry>&);
