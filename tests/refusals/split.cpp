// SPDX-License-Identifier: BSD-3-Clause
// expected: the split ratio must give a whole number of channels
#include "plait/tensor/view.hpp"

using namespace plait;

constexpr tensor<float, shape{10, 2, 2}> t;
constexpr auto parts = split<ratio{3, 8}>(t);
