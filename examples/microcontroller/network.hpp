// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/models/augshufflenet.hpp"

namespace examples {

/// An AugShuffleNet for CIFAR-10 whose weights, as floats, and code fit 1 MB of flash, and whose workspace,
/// picture and stack fit 256 KB of RAM.
using microcontroller_network = plait::augshufflenet<plait::augshufflenet_options{.width = 40, .head = 512}>;

}  // namespace examples
