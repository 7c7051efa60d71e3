// SPDX-License-Identifier: BSD-3-Clause
// expected: block_refuses_input<1, .*grouped_shuffle_unit, .*60, 2, 7, true.*groups_must_divide_the_channels
#include "plait/blocks/blocks.hpp"
#include "plait/network/network.hpp"

using namespace plait;

using refused = network<shape{3, 32, 32}, conv{.out = 24, .kernel = 3},
                        grouped_shuffle_unit{.out = 60, .stride = 2, .groups = 7}>;

constexpr auto parameters = refused::parameters;
