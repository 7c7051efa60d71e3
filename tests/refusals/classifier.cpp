// SPDX-License-Identifier: BSD-3-Clause
// expected: block_refuses_input<1, .*linear.*\{0, true\}.*output_channels_must_be_positive
#include "plait/blocks/blocks.hpp"
#include "plait/network/network.hpp"

using namespace plait;

constexpr auto macs = network<shape{3, 8, 8}, conv{.out = 24, .kernel = 3}, linear{.out = 0}>::macs;
