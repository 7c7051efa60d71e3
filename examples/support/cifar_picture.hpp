// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "plait/core/result.hpp"
#include "plait/tensor/map_writer.hpp"

namespace examples {

using cifar_input = plait::map_writer<plait::shape{.channels = 3, .height = 32, .width = 32}>;

/// Writes the square in the middle of a PNG, JPEG or BMP, as networks for CIFAR see it. Decoding is in a file
/// of its own, since that is compiled for size and networks are compiled for speed.
plait::result<void> read_cifar_picture(const std::string& path, const cifar_input& to);

}  // namespace examples
