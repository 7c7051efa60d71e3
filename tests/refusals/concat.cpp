// SPDX-License-Identifier: BSD-3-Clause
// expected: concatenated tensors must have one height and width
#include "plait/tensor/view.hpp"

using namespace plait;

constexpr tensor<float, shape{4, 2, 2}> a;
constexpr tensor<float, shape{4, 2, 3}> b;
constexpr auto joined = concat(a, b);
