// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

/// Where a layer with weights stands in its network, from which a naming makes the names of its tensors.
struct layer_position {
    op call{};
    int block = 0;    ///< leaf block, counted over the network
    int stage = 0;    ///< 0 before the first unit; that, and every unit with a stride, starts the next
    int unit = 0;     ///< leaf block within the stage, from 0
    int layer = 0;    ///< convolution within the block, from 0
    int element = 0;  ///< number in the branch's `nn.Sequential`: convolution, norm, ReLU where there is one
    int element_in_scope = 0;  ///< the same where all blocks of a scope are one `nn.Sequential`
};

/// Follows a network's ops and says where each stands.
class layer_walk {
public:
    /// Where the next op stands.
    layer_position step(const op& o) {
        if (o.block != at_.block || first_) enter_block(o);
        if (starts_branch(o.role)) next_element_ = 0;
        at_.call = o;
        at_.element = next_element_;
        at_.element_in_scope = next_in_scope_;
        at_.layer = next_layer_;
        if (o.part.index + 1 == o.part.count) {
            const int elements = 1 + (o.after == affine::batch_norm) + (o.act != activation::none);
            next_element_ += elements;
            next_in_scope_ += elements;
            ++next_layer_;
        }
        return at_;
    }

private:
    static bool starts_branch(layer_role role) {
        using enum layer_role;
        return role == main || role == left_depthwise || role == expand || role == cross_project ||
               role == shortcut;
    }

    void enter_block(const op& o) {
        if (first_ || o.unit <= at_.call.unit || std::string_view(o.scope) != at_.call.scope)
            next_in_scope_ = 0;
        const bool starts_stage = o.role != layer_role::main && (at_.stage == 0 || o.stride > 1);
        first_ = false;
        next_layer_ = 0;
        next_element_ = 0;
        at_.block = o.block;
        if (starts_stage) {
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
    int next_in_scope_ = 0;
};

/// Names under which a file keeps a layer: `weights` + ".weight", and `norm` + ".weight", ".bias",
/// ".running_mean", ".running_var"; without batch norm, `weights` + ".bias" where there is a bias.
struct layer_names {
    std::string weights;
    std::string norm;
};

/// A tensor of a file.
struct layer_tensor {
    std::string name;
    std::vector<std::int64_t> dimensions;
};

/// The tensors of a layer, of all its groups: weights first, then bias, or batch norm's weight, bias, mean
/// and variance.
inline std::vector<layer_tensor> tensors_of_layer(const op& o, const layer_names& names) {
    const std::int64_t outputs = o.out.count * o.part.count;
    const std::int64_t inputs = o.kind == op_kind::depthwise ? 1 : o.in.count;
    std::vector<layer_tensor> tensors{{names.weights + ".weight", {outputs, inputs}}};
    if (o.is_convolution()) tensors[0].dimensions.insert(tensors[0].dimensions.end(), {o.kernel, o.kernel});
    if (o.after == affine::bias) tensors.push_back({names.weights + ".bias", {outputs}});
    if (o.after == affine::batch_norm) {
        for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
            tensors.push_back({names.norm + part, {outputs}});
    }
    return tensors;
}

namespace detail {

inline layer_names numbered(const std::string& branch, int element) {
    return {branch + "." + std::to_string(element), branch + "." + std::to_string(element + 1)};
}

inline const char* branch_word(layer_role role) {
    switch (role) {
        case layer_role::left_depthwise:
        case layer_role::left_pointwise:
        case layer_role::shortcut: return "branch1";
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
