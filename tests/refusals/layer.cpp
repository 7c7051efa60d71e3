// SPDX-License-Identifier: BSD-3-Clause
// A network has no layer past its last.
// expected: (constraint failure|constraints not satisfied)
#include "plait/blocks/blocks.hpp"
#include "plait/network/network.hpp"

using namespace plait;

constexpr auto output = network<shape{3, 8, 8}, conv{.out = 24}>::layer<1>::output;
