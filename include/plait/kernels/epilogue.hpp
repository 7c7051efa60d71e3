// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/op.hpp"

namespace plait::inline PLAIT_TARGET {

/// Whether the kernel of a call applies that activation to what it stores. A sigmoid would crowd the
/// registers of those with sums; an average pool may scale what it has activated, which changes nothing after
/// a ReLU alone.
constexpr bool kernel_applies(op_kind kind, activation act) {
    switch (kind) {
        case op_kind::dense:
        case op_kind::pointwise:
        case op_kind::depthwise:
        case op_kind::add: return act == activation::relu || act == activation::relu6;
        case op_kind::average_pool: return act == activation::relu;
        default: return false;
    }
}

}  // namespace plait::inline PLAIT_TARGET
