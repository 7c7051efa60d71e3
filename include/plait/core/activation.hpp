// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace plait {

/// What a convolution applies to its sums before it stores them.
enum class activation : unsigned char { none, relu };

}  // namespace plait
