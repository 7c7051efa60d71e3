// SPDX-License-Identifier: BSD-3-Clause
// xtensor gets no view of a tensor that is gone.
// expected: (use of deleted function|call to deleted function)
#include "plait/tensor/xtensor.hpp"

using namespace plait;

auto view = as_xtensor(tensor<float, shape{1, 2, 2}>{});
