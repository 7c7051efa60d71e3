// SPDX-License-Identifier: BSD-3-Clause
// The workspace of another network.
// expected: the workspace is not this model's: a variable of the model's own type .workspace., or
#include "plait/blocks/blocks.hpp"
#include "plait/network/model.hpp"

using namespace plait;
using net = network<shape{3, 8, 8}, conv{.out = 4}>;
using other = network<shape{3, 8, 8}, conv{.out = 8}>;

auto run(const model<net>& m, const tensor<float, net::input>& picture, other::workspace& scratch) {
    return m(picture, scratch);
}
