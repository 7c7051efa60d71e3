// SPDX-License-Identifier: BSD-3-Clause
#include "trainer_entries.hpp"

template void examples::append_trainers<examples::augshufflenet_networks>(std::vector<trainer_entry>&);
template void examples::append_trainers<examples::microcontroller_networks>(std::vector<trainer_entry>&);
