// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"

// Every kind of step: calls on packs, an op that is widened for, and two outputs.

using packed_network = plait::network<plait::shape{.channels = 3, .height = 21, .width = 19},               //
                                      plait::conv{.out = 12, .kernel = 3, .stride = 2},                     //
                                      plait::max_pool{}, plait::conv{.out = 20},                            //
                                      plait::residual<plait::activation::relu, plait::depthwise{}>,         //
                                      plait::also_output, plait::upsample{.factor = 2},                     //
                                      plait::shuffle_down{.out = 32}, plait::aug_shuffle{.split = {1, 2}},  //
                                      plait::global_average_pool{}, plait::linear{.out = 7}>;
