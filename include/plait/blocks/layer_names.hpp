// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// How published code names the layers of a ShuffleNet's unit.
enum class layer_names : unsigned char {
    branches,              ///< "branch1.0" on the left, "branch2.0" on the right, "branch3.0" after crossover
    branch_main_and_proj,  ///< the same as "branch_proj.0" and "branch_main.0"
    transform_and_project,  ///< of an AugShuffle unit: "transform.0" and "project.0"
    numbered                ///< "conv1" and "bn1", counted over the unit
};

namespace detail {

/// The scope of the branch number 1 to 3; numbered layers have none.
constexpr std::string_view branch_name(layer_names names, int branch) {
    constexpr std::string_view words[][3]{{"branch1", "branch2", "branch3"},
                                          {"branch_proj", "branch_main", ""},
                                          {"", "transform", "project"},
                                          {"", "", ""}};
    return words[static_cast<int>(names)][branch - 1];
}

/// The names of a convolution and its norm; where layers are not numbered over the unit, none.
struct convolution_names {
    std::string_view convolution{};
    std::string_view norm{};

    static constexpr convolution_names of(layer_names names, int number) {
        constexpr convolution_names numbered[]{
            {"conv1", "bn1"}, {"conv2", "bn2"}, {"conv3", "bn3"}, {"conv4", "bn4"}, {"conv5", "bn5"}};
        return names == layer_names::numbered ? numbered[number - 1] : convolution_names{};
    }
};

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
