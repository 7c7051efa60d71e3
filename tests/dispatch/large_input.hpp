// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/network/network.hpp"

// Maps of hundreds of kilobytes, and little to compute: two outputs, and one that a batch waits with.

using large_input = plait::network<plait::shape{.channels = 3, .height = 224, .width = 224},
                                   plait::max_pool{}, plait::also_output, plait::average_pool{},
                                   plait::global_average_pool{}, plait::linear{.out = 5}>;

using one_answer = plait::network<plait::shape{.channels = 3, .height = 224, .width = 224}, plait::max_pool{},
                                  plait::global_average_pool{}, plait::linear{.out = 5}>;
