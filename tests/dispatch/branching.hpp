// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/network/winograd.hpp"

// Every kind of kernel, in planes and in groups, and two outputs.

using branching_network = plait::winograd<
    plait::network<plait::shape{.channels = 3, .height = 32, .width = 32},                        //
                   plait::conv{.out = 12, .kernel = 3, .stride = 2},                              //
                   plait::max_pool{}, plait::average_pool{},                                      //
                   plait::parallel<plait::chain<>, plait::chain<plait::depthwise{.kernel = 5}>>,  //
                   plait::conv{.out = 16, .kernel = 3}, plait::conv{.out = 16, .kernel = 5},      //
                   plait::residual<plait::activation::relu, plait::shuffle_unit{}>,               //
                   plait::also_output,                                                            //
                   plait::upsample{.factor = 2}, plait::shuffle_down{.out = 32},                  //
                   plait::aug_shuffle{.split = {1, 2}},                                           //
                   plait::global_average_pool{}, plait::linear{.out = 7}>>;
