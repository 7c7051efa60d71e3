// SPDX-License-Identifier: BSD-3-Clause
#pragma once

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
};

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
    }
    return "";
}

/// What a layer is to its block, from which a model's naming makes the name of its weights.
enum class layer_role : unsigned char {
    main,            ///< the only layer of a block
    left_depthwise,  ///< down unit, left branch
    left_pointwise,  ///< down unit, left branch
    expand,          ///< first pointwise convolution
    depthwise,       ///< between the two pointwise convolutions
    project,         ///< second pointwise convolution
    cross_project,   ///< the same of an AugShuffle unit: it reads half of the feature bank too
};

/// One kernel call: the network's one intermediate form is a list of these.
struct op {
    op_kind kind{};
    activation act{};
    layer_role role{};
    int kernel = 1;
    int stride = 1;
    feature_map in{};
    feature_map out{};
    int block = 0;           ///< number of the leaf block that made the call
    const char* scope = "";  ///< name that its weights stand under, where a block set one
    int unit = 0;            ///< number of the leaf block within the scope

    constexpr bool is_convolution() const { return kind <= op_kind::depthwise; }
    constexpr bool has_weights() const { return is_convolution() || kind == op_kind::linear; }

    /// Inputs that one output value sums over.
    constexpr int fan_in() const { return kernel * kernel * (kind == op_kind::depthwise ? 1 : in.count); }
    constexpr long long weights() const { return has_weights() ? 1LL * fan_in() * out.count : 0; }

    /// Weights, and batch norm's weight and bias or the linear layer's bias.
    constexpr long long parameters() const {
        if (!has_weights()) return 0;
        return weights() + (kind == op_kind::linear ? 1 : 2) * out.count;
    }
    constexpr long long macs() const { return weights() * out.size.pixels(); }
};

}  // namespace plait::inline PLAIT_TARGET
