// SPDX-License-Identifier: BSD-3-Clause
// A compiler says which block refuses what, and why.
// expected: block_refuses_input<2, .*aug_shuffle, .*\{3, 8\}.*split_must_be_whole
#include "plait/network/network.hpp"

#include "plait/blocks/blocks.hpp"

using namespace plait;

using refused = network<shape{3, 32, 32},  //
                        conv{.out = 24, .kernel = 3}, shuffle_down{.out = 60}, aug_shuffle{.split = {3, 8}}>;

constexpr auto parameters = refused::parameters;
