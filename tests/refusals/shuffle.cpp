// SPDX-License-Identifier: BSD-3-Clause
// expected: the shuffle groups must divide the channels
#include "plait/tensor/view.hpp"

using namespace plait;

constexpr tensor<float, shape{10, 2, 2}> t;
constexpr auto shuffled = shuffle<4>(t);
