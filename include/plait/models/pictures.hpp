// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/shape.hpp"

namespace plait::inline PLAIT_TARGET {

// What published networks look at.

/// CIFAR-10 and CIFAR-100.
inline constexpr shape cifar_picture{.channels = 3, .height = 32, .width = 32};
/// ImageNet, as torchvision's networks are trained on it.
inline constexpr shape imagenet_picture{.channels = 3, .height = 224, .width = 224};

}  // namespace plait::inline PLAIT_TARGET
