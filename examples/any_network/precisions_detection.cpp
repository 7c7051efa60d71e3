// SPDX-License-Identifier: BSD-3-Clause
#include "precision_entries.hpp"

template void examples::append_precisions<examples::detection_networks>(std::vector<precision_entry>&);
