// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/op.hpp"

namespace plait::inline PLAIT_TARGET {

/// Whether an activation is a few instructions with few constants. A sigmoid would crowd the registers of
/// kernels with sums.
constexpr bool is_cheap(activation act) {
    switch (act.kind) {
        case activation_kind::relu:
        case activation_kind::clip:
        case activation_kind::leaky_relu:
        case activation_kind::hard_sigmoid:
        case activation_kind::hard_swish: return true;
        default: return false;
    }
}

/// Whether the kernel of a call applies that activation to what it stores. An average pool may scale what it
/// has activated, which changes nothing after a ReLU alone.
constexpr bool kernel_applies(op_kind kind, activation act) {
    switch (kind) {
        case op_kind::dense:
        case op_kind::pointwise:
        case op_kind::depthwise:
        case op_kind::conv_transpose:
        case op_kind::binary: return is_cheap(act);
        case op_kind::average_pool: return act == activation::relu;
        default: return false;
    }
}

}  // namespace plait::inline PLAIT_TARGET
