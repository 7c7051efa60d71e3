// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "plait/core/result.hpp"
#include "plait/tensor/tensor.hpp"

namespace examples {

using cifar_picture = plait::tensor<float, plait::shape{.channels = 3, .height = 32, .width = 32}>;

/// The square in the middle of a PNG, JPEG or BMP, as networks for CIFAR see it. Decoding is in a file of its
/// own, since that is compiled for size and networks are compiled for speed.
plait::result<cifar_picture> read_cifar_picture(const std::string& path);

}  // namespace examples
