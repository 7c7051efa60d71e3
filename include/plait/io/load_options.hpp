// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "plait/core/kept_function.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a weights file may differ in from what a network expects. Names are changed in this order: a prefix
/// is stripped, one is added, the name is replaced.
struct load_options {
    /// Taken from the beginning of every name of the file. Each must have it; where extra tensors are left,
    /// one must, and those without it are left. Where none is given, "module.", "_orig_mod." and "model." are
    /// stripped as long as all names begin with one of them and none is a name of the network.
    std::string_view strip_prefix{};
    /// Put before every name of the file.
    std::string_view add_prefix{};
    /// Makes of a name of the file the network's.
    kept_function<std::string(std::string_view)> rename{};
    /// Whether tensors that the network does not have are left, instead of refused.
    bool leave_extra_tensors = false;
    /// Which of the network's layers are read, by the names of its convolutions and linear layers, such as
    /// "layer1.0.conv1": a convolution's norm is read with it. The others keep the weights that they have, so
    /// that this is for `load_into`; the file need not have them, or may have others in their place.
    kept_function<bool(std::string_view)> takes_layer{};
};

}  // namespace plait::inline PLAIT_TARGET
