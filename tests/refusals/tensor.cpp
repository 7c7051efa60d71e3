// SPDX-License-Identifier: BSD-3-Clause
// A tensor of a wrong shape.
// expected: (no match for call|no matching function for call)
#include "plait/blocks/blocks.hpp"
#include "plait/network/model.hpp"

using namespace plait;
using net = network<shape{3, 8, 8}, conv{.out = 4}>;

auto run(const model<net>& m, const tensor<float, shape{3, 8, 9}>& picture, net::workspace& scratch) {
    return m(picture, scratch);
}
