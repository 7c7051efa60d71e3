// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "plait/core/function_view.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a weights file may differ in from what a network expects. Names are changed in this order: a prefix
/// is stripped, one is added, the name is replaced.
struct load_options {
    /// Taken from the beginning of every name of the file, where each must have it. Where none is given,
    /// "module.", "_orig_mod." and "model." are stripped as long as all names begin with one of them and the
    /// network's do not.
    std::string_view strip_prefix{};
    /// Put before every name of the file.
    std::string_view add_prefix{};
    /// Makes of a name of the file the network's.
    function_view<std::string(std::string_view)> rename{};
    /// Whether tensors that the network does not have are left, instead of refused.
    bool leave_extra_tensors = false;
    /// Which of the network's layers are read, by their names, such as "layer1.0.conv1"; the others keep the
    /// weights that they have, so that this is for `load_into`. All that one kernel computes, a convolution
    /// and its norm, is read or left together.
    function_view<bool(std::string_view)> takes_layer{};
};

}  // namespace plait::inline PLAIT_TARGET
