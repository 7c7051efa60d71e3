// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

/// Where a layer with weights stands in its network, from which a naming makes the names of its tensors.
struct layer_position {
    op call{};
    int block = 0;    ///< leaf block, counted over the network
    int stage = 0;    ///< 0 before the first down unit, then 1, 2, ...
    int unit = 0;     ///< leaf block within the stage; the down unit is 0
    int layer = 0;    ///< convolution within the block, from 0
    int element = 0;  ///< number in the branch's `nn.Sequential`: convolution, norm, ReLU where there is one
};

/// Follows a network's ops and says where each stands.
class layer_walk {
public:
    layer_position step(const op& o) {
        if (o.block != at_.block || first_) enter_block(o);
        const bool starts_branch = o.role == layer_role::main || o.role == layer_role::left_depthwise ||
                                   o.role == layer_role::expand || o.role == layer_role::cross_project;
        if (starts_branch) next_element_ = 0;
        at_.call = o;
        at_.element = next_element_;
        at_.layer = next_layer_++;
        next_element_ += o.act == activation::relu ? 3 : 2;
        return at_;
    }

private:
    void enter_block(const op& o) {
        first_ = false;
        next_layer_ = 0;
        at_.block = o.block;
        if (o.role == layer_role::left_depthwise) {
            ++at_.stage;
            at_.unit = 0;
        } else {
            ++at_.unit;
        }
    }

    layer_position at_{};
    bool first_ = true;
    int next_layer_ = 0;
    int next_element_ = 0;
};

/// Names under which a file keeps a layer: `weights` + ".weight", and `norm` + ".weight", ".bias",
/// ".running_mean", ".running_var"; a linear layer has no norm, but `weights` + ".bias".
struct layer_names {
    std::string weights;
    std::string norm;
};

namespace detail {

inline layer_names numbered(const std::string& branch, int element) {
    return {branch + "." + std::to_string(element), branch + "." + std::to_string(element + 1)};
}

inline const char* branch_word(layer_role role) {
    switch (role) {
        case layer_role::left_depthwise:
        case layer_role::left_pointwise: return "branch1";
        case layer_role::cross_project: return "branch3";
        default: return "branch2";
    }
}

}  // namespace detail

/// Names of a network that has no published ones: its leaf blocks as one `nn.Sequential`, each block's
/// branches named as in torchvision. A `conv` is a Sequential of convolution, norm and activation.
struct sequential_names {
    static constexpr const char* description = "an nn.Sequential of the network's blocks";

    static layer_names of(const layer_position& at) {
        const std::string scope = at.call.scope;
        const std::string block =
            scope.empty() ? std::to_string(at.block) : scope + "." + std::to_string(at.call.unit);
        if (at.call.kind == op_kind::linear) return {block, ""};
        if (at.call.role == layer_role::main) return detail::numbered(block, at.element);
        return detail::numbered(block + "." + detail::branch_word(at.call.role), at.element);
    }
};

/// A network whose weights have published names.
template <class Names, shape Input, auto... Blocks>
struct named_network : network<Input, Blocks...> {
    using names = Names;
};

namespace detail {

template <class Network>
struct names_of {
    using type = sequential_names;
};
template <class Network>
    requires requires { typename Network::names; }
struct names_of<Network> {
    using type = typename Network::names;
};

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
