// SPDX-License-Identifier: BSD-3-Clause
// One policy of a network, of tiles that there are.
// expected: is of winograd<...> already.*most_outputs. must be one of these
#include "plait/network/winograd.hpp"

#include "plait/blocks/blocks.hpp"

using namespace plait;

using once = winograd<network<shape{16, 8, 8}, conv{.out = 16, .kernel = 3}>>;
constexpr auto twice = winograd<once>::parameters;
constexpr auto of_three = winograd<network<shape{16, 8, 8}, conv{.out = 16, .kernel = 3}>,
                                   winograd_policy{.most_outputs = 3}>::parameters;
