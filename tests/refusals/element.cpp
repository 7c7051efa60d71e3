// SPDX-License-Identifier: BSD-3-Clause
// Values are floats: a model has no parameter of another element.
// expected: (type/value mismatch|must be an expression)
#include "plait/blocks/blocks.hpp"
#include "plait/network/model.hpp"

using namespace plait;
using net = network<shape{4, 8, 8}, conv{.out = 8}>;

using in_double = model<net, double>;
