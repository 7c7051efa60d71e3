// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/activation.hpp"
#include "plait/core/sampling.hpp"
#include "plait/core/window.hpp"
#include "plait/graph/affine.hpp"
#include "plait/graph/binary.hpp"
#include "plait/graph/feature_map.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a call computes.
enum class op_kind : unsigned char {
    dense,      ///< k x k convolution over all input channels
    pointwise,  ///< 1 x 1 convolution
    depthwise,  ///< k x k convolution of each channel by itself
    max_pool,
    average_pool,
    global_average_pool,
    linear,
    binary,    ///< of two maps, or of a map and a constant
    resample,  ///< resizing, padding or cutting
    activate,  ///< an activation by itself
    softmax,   ///< over the channels of each pixel
    batch_norm,
    dropout,  ///< of training alone
    prelu,    ///< a leaky ReLU with a slope for each channel, or one for all
    conv_transpose,
    global_max_pool,
    pixel_shuffle,    ///< channels to pixels
    pixel_unshuffle,  ///< pixels to channels
    fill,             ///< zeros, whatever it reads
    input,            ///< a further input of the network, which lies there before the first call
    on_packs,         ///< any of these over packs of channels, of a network that is not in fp32
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
        case op_kind::binary: return "binary operation";
        case op_kind::resample: return "resampling";
        case op_kind::activate: return "activation";
        case op_kind::softmax: return "softmax";
        case op_kind::batch_norm: return "batch norm";
        case op_kind::dropout: return "dropout";
        case op_kind::prelu: return "PReLU";
        case op_kind::conv_transpose: return "transposed convolution";
        case op_kind::global_max_pool: return "global max pool";
        case op_kind::pixel_shuffle: return "pixel shuffle";
        case op_kind::pixel_unshuffle: return "pixel unshuffle";
        case op_kind::fill: return "zeros";
        case op_kind::input: return "input";
        case op_kind::on_packs: return "operation on packs";
    }
    return "";
}

/// A range of a program's characters.
struct text_range {
    int first = 0;
    int count = 0;

    friend constexpr bool operator==(text_range, text_range) = default;
};

/// A call: as a block wrote it, or, fused with those that follow it, as one kernel runs it. Both forms of a
/// network are lists of these.
struct op {
    static constexpr int none = -1;

    op_kind kind{};
    activation act{};
    plait::window window{};         ///< of a convolution or a pool; undoes a transposed convolution
    int factor = 1;                 ///< of a pixel shuffle
    int groups = 1;                 ///< of a convolution that is not depthwise
    plait::sampling sampling{};     ///< of a resampling
    plait::binary binary{};         ///< of a binary operation
    bool bias = false;              ///< of a convolution or a linear layer
    bool count_include_pad = true;  ///< of an average pool: whether padding counts as zeros
    bool one_slope = false;         ///< of a PReLU: whether all channels have one
    feature_map in{};
    feature_map other{};  ///< the second operand; without channels where there is none
    feature_map out{};
    int block = 0;      ///< number of the leaf block that made the call
    text_range name{};  ///< where its tensors stand in a state_dict, of a call that has any
    int shares = none;  ///< the earlier call whose weights it was asked to share
    // Of a kernel's call: the written norm that is part of it, and whether that is counted elsewhere; the
    // written call that it begins with; the earlier call that has the same weights.
    int norm = none;
    bool shares_norm = false;
    int written = none;
    int weights_of = none;
    batch_norm_options normalisation{};  ///< of a batch norm, or a call with one
    real probability{};                  ///< of a dropout
    bool drops_whole_pictures = false;   ///< of a dropout: else single values
    int own_values = 0;                  ///< of an operation on packs: the scratch that it needs

    /// Whether it is a dense, pointwise or depthwise convolution.
    constexpr bool is_convolution() const { return kind <= op_kind::depthwise; }
    /// Whether it makes each channel of one channel, under a window.
    constexpr bool is_window() const {
        return kind == op_kind::depthwise || kind == op_kind::max_pool || kind == op_kind::average_pool;
    }
    /// Whether it takes no notice of where values lie in a map.
    constexpr bool reads_flattened() const {
        return kind == op_kind::linear || kind == op_kind::binary || kind == op_kind::activate ||
               kind == op_kind::dropout;
    }
    /// Whether it is a convolution or a linear layer.
    constexpr bool has_weights() const {
        return is_convolution() || kind == op_kind::linear || kind == op_kind::conv_transpose;
    }
    /// Whether its kernel reads packed values: weights, or what stands in their place.
    constexpr bool is_packed() const { return has_weights() || channel_values() > 0; }
    /// Whether it changes each value by itself, or those of a pixel together.
    constexpr bool is_of_pixels() const {
        return kind == op_kind::activate || kind == op_kind::softmax || kind == op_kind::prelu;
    }
    /// Whether it is a norm that no convolution took, which its kernel computes as a depthwise convolution of
    /// one pixel.
    constexpr bool is_norm_alone() const { return norm != none && norm == written; }
    /// Whether a state_dict has tensors of it.
    constexpr bool has_tensors() const { return is_packed() || kind == op_kind::batch_norm; }

    /// Channels that a group reads.
    constexpr int group_inputs() const { return in.count / groups; }
    /// Channels that a group makes.
    constexpr int group_outputs() const { return out.count / groups; }
    /// Inputs that one output value sums over.
    constexpr int fan_in() const {
        if (kind == op_kind::linear) return in.count * in.size.pixels();
        return window.taps() * (kind == op_kind::depthwise ? 1 : group_inputs());
    }
    /// Weights without biases, as its kernel has them.
    constexpr long long weights() const { return has_weights() ? 1LL * fan_in() * out.count : 0; }

    /// Values of its state_dict that are no layer's weights: a PReLU's slopes, or what a binary operation
    /// combines each channel with.
    constexpr int channel_values() const {
        if (kind == op_kind::prelu) return one_slope ? 1 : out.count;
        return kind == op_kind::binary && binary.other == operand::channel_values ? out.count : 0;
    }

    /// Weights, biases and slopes, batch norm's among them; none of those that another call counts.
    constexpr long long parameters() const {
        const bool counts_norm = kind == op_kind::batch_norm ? shares == none : norm != none && !shares_norm;
        const long long of_norm = counts_norm && normalisation.scales ? 2LL * out.count : 0;
        const bool counts_weights = shares == none && !is_norm_alone();
        return (counts_weights ? weights() + channel_values() + (bias ? out.count : 0) : 0) + of_norm;
    }
    /// Whether its tensors could be those of the other: equally many, of one form.
    constexpr bool has_tensors_like(const op& that) const {
        return (kind == op_kind::batch_norm) == (that.kind == op_kind::batch_norm) &&
               (kind == op_kind::depthwise) == (that.kind == op_kind::depthwise) &&
               (kind == op_kind::linear) == (that.kind == op_kind::linear) &&
               (kind == op_kind::binary) == (that.kind == op_kind::binary) &&
               channel_values() == that.channel_values() &&
               (kind == op_kind::conv_transpose) == (that.kind == op_kind::conv_transpose) &&
               fan_in() == that.fan_in() && window.rows.kernel == that.window.rows.kernel &&
               window.columns.kernel == that.window.columns.kernel && out.count == that.out.count &&
               bias == that.bias && groups == that.groups && normalisation == that.normalisation;
    }

    /// Multiply-adds of one picture; only layers with weights have any.
    constexpr long long macs() const {
        if (is_norm_alone()) return 0;
        return weights() * (kind == op_kind::conv_transpose ? in.size : out.size).pixels();
    }
};

}  // namespace plait::inline PLAIT_TARGET
