// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What a program that trains has at hand.

#include <cstddef>
#include <span>
#include <vector>

#include "plait/blocks/blocks.hpp"
#include "plait/train/quantisation_aware.hpp"

using net =
    plait::network<plait::shape{.channels = 3, .height = 8, .width = 8}, plait::conv{.out = 8, .kernel = 3},
                   plait::global_average_pool{}, plait::linear{.out = 10}>;
using picture = plait::tensor<float, net::input>;

inline std::vector<std::byte> bytes_of_weights;
inline std::vector<picture> some_pictures;
inline std::vector<int> labels;
