// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "network.hpp"
#include "plait/network/slot_executor.hpp"

namespace examples {

/// The same network in int8.
using quantised_microcontroller_network = plait::in<plait::precision::int8, microcontroller_network>;

}  // namespace examples
