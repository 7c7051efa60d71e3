// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "plait/core/activation.hpp"
#include "plait/graph/feature_map.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a kernel call computes.
enum class op_kind : unsigned char {
    dense,      ///< k x k convolution over all input channels
    pointwise,  ///< 1 x 1 convolution
    depthwise,  ///< k x k convolution of each channel by itself
    max_pool,
    average_pool,
    global_average_pool,
    linear,
    add,
    upsample,  ///< nearest neighbour
    activate,  ///< an activation that no other call applies
    softmax,   ///< over the channels of each pixel
};

/// In words, such as "depthwise convolution".
constexpr const char* to_string(op_kind kind) {
    switch (kind) {
        case op_kind::dense: return "dense convolution";
        case op_kind::pointwise: return "pointwise convolution";
        case op_kind::depthwise: return "depthwise convolution";
        case op_kind::max_pool: return "max pool";
        case op_kind::average_pool: return "average pool";
        case op_kind::global_average_pool: return "global average pool";
        case op_kind::linear: return "linear";
        case op_kind::add: return "add";
        case op_kind::upsample: return "upsample";
        case op_kind::activate: return "activation";
        case op_kind::softmax: return "softmax";
    }
    return "";
}

/// What a layer is to its block, from which a model's naming makes the name of its weights.
enum class layer_role : unsigned char {
    main,            ///< the only layer of a block
    left_depthwise,  ///< down unit, left branch
    left_pointwise,  ///< down unit, left branch
    expand,          ///< first convolution of a branch
    depthwise,       ///< between two pointwise convolutions
    project,         ///< last convolution of a branch
    cross_project,   ///< the same of an AugShuffle unit: it reads half of the feature bank too
    shortcut,        ///< residual unit: projection of what is added
};

/// What is applied to the sums of a layer, before the activation.
enum class affine : unsigned char {
    batch_norm,  ///< scale and bias of each channel, folded into weights
    bias,
    none
};

/// One of the groups of a convolution: each is a call of its own, and has its part of the weights.
struct weight_part {
    int index = 0;
    int count = 1;

    friend constexpr bool operator==(weight_part, weight_part) = default;
};

/// One kernel call: the network's one intermediate form is a list of these.
struct op {
    op_kind kind{};
    activation act{};
    layer_role role{};
    int kernel = 1;
    int stride = 1;
    affine after{};
    bool count_include_pad = true;  ///< of an average pool: whether padding counts as zeros
    feature_map in{};
    feature_map out{};
    int block = 0;           ///< number of the leaf block that made the call
    const char* scope = "";  ///< name that its weights stand under, where a block set one
    int unit = 0;            ///< number of the leaf block within the scope
    int layer = 0;           ///< number of the layer with weights within the leaf block
    weight_part part{};
    int weights_of = -1;  ///< the earlier call whose weights it has too, where there is one

    /// Whether it is a dense, pointwise or depthwise convolution.
    constexpr bool is_convolution() const { return kind <= op_kind::depthwise; }
    /// Whether it makes each channel of one channel, under a window.
    constexpr bool is_window() const {
        return kind == op_kind::depthwise || kind == op_kind::max_pool || kind == op_kind::average_pool;
    }
    /// Whether it is a convolution or a linear layer.
    constexpr bool has_weights() const { return is_convolution() || kind == op_kind::linear; }

    /// Inputs that one output value sums over.
    constexpr int fan_in() const { return kernel * kernel * (kind == op_kind::depthwise ? 1 : in.count); }
    /// Weights without biases.
    constexpr long long weights() const { return has_weights() ? 1LL * fan_in() * out.count : 0; }

    /// Weights and biases, batch norm's among them; none where another call counts them.
    constexpr long long parameters() const {
        if (!has_weights() || weights_of >= 0) return 0;
        const int per_output = after == affine::batch_norm ? 2 : after == affine::bias ? 1 : 0;
        return weights() + per_output * out.count;
    }
    /// Whether its weights have the same names in a file.
    constexpr bool is_named_like(const op& other) const {
        return unit == other.unit && layer == other.layer && part.index == other.part.index &&
               std::string_view(scope) == other.scope;
    }
    /// Whether its weights could be those of the other: equally many, of one form.
    constexpr bool has_weights_like(const op& other) const {
        return fan_in() == other.fan_in() && kernel == other.kernel && out.count == other.out.count &&
               after == other.after && part == other.part &&
               (kind == op_kind::depthwise) == (other.kind == op_kind::depthwise);
    }

    /// Multiply-adds of one picture; only layers with weights have any.
    constexpr long long macs() const { return weights() * out.size.pixels(); }
};

}  // namespace plait::inline PLAIT_TARGET
