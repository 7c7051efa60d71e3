// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/network/network.hpp"

using tiny =
    plait::network<plait::shape{.channels = 3, .height = 8, .width = 8},  //
                   plait::conv{.out = 8, .kernel = 3}, plait::global_average_pool{}, plait::linear{.out = 2}>;
