// SPDX-License-Identifier: BSD-3-Clause
// A tensor of a wrong shape.
// expected: the picture is not what the network takes: a tensor<float, ...> of the network's shape
#include "plait/blocks/blocks.hpp"
#include "plait/network/model.hpp"

using namespace plait;
using net = network<shape{3, 8, 8}, conv{.out = 4}>;

auto run(const model<net>& m, const tensor<float, shape{3, 8, 9}>& picture, net::workspace& scratch) {
    return m(picture, scratch);
}
