// SPDX-License-Identifier: BSD-3-Clause
// An xtensor picture of a wrong static shape.
// expected: the array's static shape is not the shape that is expected here
#include "plait/blocks/blocks.hpp"
#include "plait/network/model.hpp"
#include "plait/tensor/xtensor.hpp"

using namespace plait;
using net = network<shape{3, 8, 8}, conv{.out = 4}>;

auto run(const model<net>& m, const xt::xtensor_fixed<float, xt::xshape<8, 8, 3>>& picture,
         net::workspace& scratch) {
    return m(picture, scratch);
}
