// SPDX-License-Identifier: BSD-3-Clause
// expected: block_refuses_join<0, .*shape{3, 8, 8}, [^ ]*shape{3, 4, 4}, .*joined_maps_must_have_one_size
#include "plait/blocks/blocks.hpp"
#include "plait/network/network.hpp"

using namespace plait;

using refused = network<shape{3, 8, 8}, parallel<depthwise{}, depthwise{.stride = 2}>>;

constexpr auto parameters = refused::parameters;
